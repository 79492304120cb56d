import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Size } from "../linux/TerminalDevice.js"

/** The supervisor could not do what it was asked, or could not be reached. `message` and `exitCode` are the command's own. */
export class SupervisorError extends Data.TaggedError("SupervisorError")<{
  readonly message: string
  readonly exitCode: number
}> {}

/** How to start a container under the supervisor. */
export interface StartRequest {
  readonly id: string
  /** The terminal's size to start with. */
  readonly size: Size | undefined
}

/**
 * The process that keeps a store's detached containers: it starts them, logs what they write, restarts them by their
 * policies, checks their health and removes those that asked for it. One for each store, started when first needed, gone
 * when nothing runs; when it dies, containers go on and the next one adopts them.
 */
export class Supervisor extends Context.Tag("kasane/edge/supervisor/Supervisor")<
  Supervisor,
  {
    /** Starts a container; succeeds when its command runs. */
    readonly start: (request: StartRequest) => Effect.Effect<void, SupervisorError>
    /**
     * The same, but `attach` runs when others can attach and before the command does, so that nothing is missed. Gives what
     * waits for the exit code, within the scope.
     */
    readonly startAttached: <E, R>(
      request: StartRequest,
      attach: Effect.Effect<void, E, R>
    ) => Effect.Effect<Effect.Effect<number, SupervisorError>, E | SupervisorError, R | Scope.Scope>
    /** Waits until what a kept container has written is in its log. Does nothing when no supervisor runs. */
    readonly flush: (id: string) => Effect.Effect<void>
    /**
     * The exit code of the life under way, also of a container that is removed with it. Undefined when no supervisor keeps
     * the container, or the one that does is gone before the end.
     */
    readonly wait: (id: string) => Effect.Effect<number | undefined>
    /** Makes sure that running containers whose relay is gone get one. */
    readonly adopt: Effect.Effect<void, SupervisorError>
  }
>() {}
