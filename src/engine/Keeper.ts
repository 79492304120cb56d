import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { type Relayed, Streams } from "../edge/supervisor/Streams.js"
import * as ContainerRequest from "./ContainerRequest.js"
import * as Finish from "./Finish.js"
import * as Health from "./Health.js"
import { lastWords } from "./LastWords.js"
import { runState } from "./RunIdentity.js"
import * as Settled from "./Settled.js"
import * as Start from "./Start.js"

/** How long to wait for output that others still hold open after a container has ended. */
const patience = Duration.seconds(2)

/** A life that is over, its output logged. */
interface Ending {
  readonly spec: ContainerSpec
  readonly exit: Settled.End
}

/** A life under way, for those who want its log up to date. */
export interface KeptLife {
  readonly streams: Relayed
  readonly exitCode: Effect.Effect<number>
  /** Done when the life is over and all of its output is in the log. */
  readonly over: Deferred.Deferred<void>
}

/** What a keeper tells about the lives it looks after. */
export type Announce = (life: KeptLife) => Effect.Effect<void>

/** One life, begun here: starts the container and stays until it has ended and its log is complete. */
const live = <E, R>(container: StoredContainer, how: Start.StartHow<E, R>, announce: Announce) =>
  Effect.gen(function* () {
    const over = yield* Deferred.make<void>()
    return yield* Effect.scoped(
      Effect.gen(function* () {
        const { spec, started, streams } = yield* Start.start(container, how)
        const exitCode = Effect.map(started.exit, (exit) => exit.code)
        yield* announce({ streams, exitCode, over })
        yield* Effect.forkScoped(Health.watch(container, spec))
        const exit = yield* started.exit
        yield* lastWords(streams, patience)
        return { spec, exit: Finish.end(exit) } satisfies Ending
      })
    ).pipe(Effect.ensuring(Deferred.succeed(over, undefined)))
  })

/** The resolver of a container was its relay's. */
const serveNames = (id: string) =>
  Effect.gen(function* () {
    if ((yield* (yield* NetworkStore).life(id)) === undefined) return
    const { serveAgain } = yield* Effect.promise(() => import("./NetworkNames.js"))
    yield* serveAgain(id)
  })

/** One life, begun by a process that is gone. */
const adopt = (container: StoredContainer, announce: Announce) =>
  Effect.gen(function* () {
    const { record, paths, state } = container
    const run = runState(state)
    if (run === undefined) return undefined
    const options = yield* ContainerRequest.options(record)
    const spec = yield* (yield* ContainerFiles).spec(paths)
    const over = yield* Deferred.make<void>()
    return yield* Effect.scoped(
      Effect.gen(function* () {
        const request = {
          paths,
          terminal: options.tty,
          interactive: options.interactive,
          stdinOnce: options.attached.stdin,
          log: yield* Start.rotation(options)
        }
        const streams = yield* (yield* Streams).adopt(request, state.monitor)
        const waiting = yield* Effect.cached((yield* Runtime).wait(run, spec))
        const exitCode = waiting.pipe(
          Effect.map(({ code }) => code),
          Effect.orElseSucceed(() => 137)
        )
        yield* announce({ streams, exitCode, over })
        yield* Start.claim(record.id)
        yield* serveNames(record.id)
        yield* Effect.forkScoped(Health.watch(container, spec))
        const exit = yield* waiting
        yield* lastWords(streams, patience)
        return { spec, exit: Finish.end(exit) } satisfies Ending
      })
    ).pipe(Effect.ensuring(Deferred.succeed(over, undefined)))
  })

/** The lives that follow by policy, as long as nobody stops, removes or starts the container meanwhile. */
const follow = (container: StoredContainer, first: Ending, announce: Announce) =>
  Effect.gen(function* () {
    let ending = first
    for (;;) {
      const verdict = yield* Settled.settle(container, ending.spec, ending.exit)
      if (verdict._tag === "Rest") return
      const next = yield* awaken(container.record.id, verdict.delayMs)
      if (next === undefined) return
      ending = yield* live(next, { size: undefined, prepared: () => Effect.void }, announce)
    }
  })

/** The container after its wait, if it still wants another life. */
const awaken = (id: string, delayMs: number) =>
  Effect.gen(function* () {
    yield* Effect.sleep(Duration.millis(delayMs))
    const found = yield* Effect.option((yield* ContainerStore).get(id))
    return found._tag === "Some" && found.value.state.status === "restarting" ? found.value : undefined
  })

/** Starts a container and keeps it through all its lives. */
export const start = <E, R>(container: StoredContainer, how: Start.StartHow<E, R>, announce: Announce) =>
  Effect.flatMap(live(container, how, announce), (ending) => follow(container, ending, announce))

/** Keeps a running container whose relay is gone. */
export const takeOver = (container: StoredContainer, announce: Announce) =>
  Effect.flatMap(adopt(container, announce), (ending) =>
    ending === undefined ? Effect.void : follow(container, ending, announce)
  )

/** Writes down how the last life of a container ended, as its relay died before it could, and begins the next one by policy. */
export const conclude = (container: StoredContainer, announce: Announce) =>
  Effect.gen(function* () {
    if ((yield* Settled.settleOrphan(container))._tag === "Rest") return
    yield* resume(yield* (yield* ContainerStore).get(container.record.id), announce)
  })

/** Keeps a container that waits for its next life, although the supervisor that promised it is gone. */
export const resume = (container: StoredContainer, announce: Announce) =>
  Effect.gen(function* () {
    yield* Start.claim(container.record.id)
    const next = yield* awaken(container.record.id, container.state.restartDelayMs ?? 0)
    if (next === undefined) return
    yield* start(next, { size: undefined, prepared: () => Effect.void }, announce)
  })
