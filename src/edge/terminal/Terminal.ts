import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/**
 * Where a command's results go. `out` and `err` keep order, wait while the reader is slow, and end the command silently,
 * as SIGPIPE would, when the reader is gone.
 */
export class Terminal extends Context.Tag("kasane/edge/terminal/Terminal")<
  Terminal,
  {
    /** Writes to standard output, exactly as given. */
    readonly out: (content: string | Uint8Array) => Effect.Effect<void>
    /** Writes to standard error, exactly as given. */
    readonly err: (content: string | Uint8Array) => Effect.Effect<void>
    /** True where standard output is a terminal: the place for bars and colours. */
    readonly outIsTerminal: boolean
    readonly errIsTerminal: boolean
    readonly inIsTerminal: boolean
    /** Width in columns of the terminal; 80 where it is none. */
    readonly columns: Effect.Effect<number>
    /** Height in lines of the terminal; 24 where it is none. */
    readonly rows: Effect.Effect<number>
  }
>() {}
