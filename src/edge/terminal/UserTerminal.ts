import type { Readable, Writable } from "node:stream"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Size } from "../linux/TerminalDevice.js"

/** The user's terminal refused. */
export class UserTerminalError extends Data.TaggedError("UserTerminalError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** Our own standard streams, terminal and signals, for a command that connects them to a container. */
export class UserTerminal extends Context.Tag("kasane/edge/terminal/UserTerminal")<
  UserTerminal,
  {
    readonly stdin: Effect.Effect<Readable>
    readonly stdout: Effect.Effect<Writable>
    readonly stderr: Effect.Effect<Writable>
    /** Whether our input, and our output, is a terminal. */
    readonly inIsTerminal: boolean
    readonly outIsTerminal: boolean
    /** Completes when a reader of our output is gone. */
    readonly outputClosed: Effect.Effect<void>
    /**
     * Passes everything typed through until the scope closes; the terminal is put back then, and also when this process ends
     * in any other way than SIGKILL.
     */
    readonly raw: Effect.Effect<void, UserTerminalError, Scope.Scope>
    /** The size of the terminal; undefined where there is none. */
    readonly size: Effect.Effect<Size | undefined>
    /** Calls back whenever the size changes, until the scope closes. */
    readonly onResize: (callback: (size: Size) => void) => Effect.Effect<void, never, Scope.Scope>
    /** Takes every signal that can be passed on, by number, until the scope closes. */
    readonly onSignal: (callback: (signal: number) => void) => Effect.Effect<void, never, Scope.Scope>
  }
>() {}
