/** What stands before the command: where the store is and how much is said. */
export interface Globals {
  readonly root: string | undefined
  readonly logLevel: string
}
