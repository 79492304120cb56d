import * as os from "node:os"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Signals that mean something to the process that they are passed to. The rest cannot be caught or are Node's own. */
const passed: ReadonlyArray<NodeJS.Signals> = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGIO",
  "SIGPWR",
  "SIGSYS",
  "SIGTRAP",
  "SIGSTKFLT"
]

/** Registers a listener until the scope closes. */
export const listening = (
  signal: NodeJS.Signals,
  listener: () => void
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.sync(() => process.on(signal, listener)),
      () => Effect.sync(() => process.off(signal, listener))
    )
  )

/** Calls back with the number of each signal that this process gets and that is to be passed on, until the scope closes. */
export const onEach = (callback: (signal: number) => void): Effect.Effect<void, never, Scope.Scope> =>
  Effect.forEach(passed, (signal) => listening(signal, () => callback(os.constants.signals[signal])), {
    discard: true
  })
