/** Where the supervisor of a store is found. */
export interface SupervisorPlace {
  /** Mode 0700: who may enter may command. */
  readonly directory: string
  readonly socket: string
  /** Held by the supervisor as long as it lives. */
  readonly lock: string
  /** What it had to say when nobody listened. */
  readonly log: string
}

/** The place below a store's root. */
export const of = (root: string): SupervisorPlace => {
  const directory = `${root}/supervisor`
  return { directory, socket: `${directory}/socket`, lock: `${directory}/lock`, log: `${directory}/log` }
}
