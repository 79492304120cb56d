/**
 * The services a command can ask for, by the name it asks with (`needs`). main.ts has one lazily loaded layer for each
 * name; a command that needs nothing builds nothing.
 */
export interface Provided {
  readonly nothing: never
}
