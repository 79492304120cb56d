import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { UserTerminal } from "../edge/terminal/UserTerminal.js"
import * as Finish from "./Finish.js"
import { forker } from "./Fork.js"
import { lastWords } from "./LastWords.js"
import { settle } from "./Settled.js"
import * as Start from "./Start.js"

/** How a foreground container is connected to the command that runs it. */
export interface Foreground {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  /** Pass signals on to the container (--sig-proxy). */
  readonly signals: boolean
}

/** How long to wait for output after the container's process 1 has ended, when someone else still holds its streams. */
const patience = Duration.seconds(2)

const SIGKILL = 9

/**
 * Starts a container without a terminal and stays with it: our streams and signals are its own, its exit code is the result.
 * When the reader of its output is gone it is killed, as SIGPIPE would. When this process is killed the container goes on
 * and the supervisor adopts it.
 */
export const foreground = (container: StoredContainer, how: Foreground) =>
  Effect.scoped(
    Effect.gen(function* () {
      const user = yield* UserTerminal
      const runtime = yield* Runtime
      const early: Array<number> = []
      let pass: (signal: number) => void = (signal) => void early.push(signal)
      if (how.signals) yield* user.onSignal((signal) => pass(signal))
      const life = yield* Start.start(container, {
        size: undefined,
        prepared: (streams) =>
          Effect.gen(function* () {
            const stdout = how.stdout ? yield* user.stdout : undefined
            const stderr = how.stderr ? yield* user.stderr : undefined
            yield* streams.join({ stdout, stderr })
            yield* tell(ContainerEvents.of(container.record, "attach"))
          })
      })
      const { started, streams, spec } = life
      const send = (signal: number) => Effect.ignore(runtime.signal(started.state, signal))
      const fork = yield* forker<never>()
      pass = (signal) => fork(send(signal))
      for (const signal of early) yield* send(signal)
      if (how.stdin) yield* streams.feed(yield* user.stdin)
      yield* Effect.forkScoped(Effect.andThen(user.outputClosed, send(SIGKILL)))
      const exit = yield* started.exit
      yield* lastWords(streams, patience)
      return { spec, exit }
    })
  ).pipe(
    // Only now is the log closed, its last line written.
    Effect.flatMap(({ spec, exit }) => Effect.as(settle(container, spec, Finish.end(exit)), exit.code))
  )
