import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as ContainerState from "../core/store/ContainerState.js"
import type { Size } from "../edge/linux/TerminalDevice.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import type { Handlers, Office } from "../edge/supervisor/ControlServer.js"
import { SupervisorError } from "../edge/supervisor/Supervisor.js"
import * as Keeper from "./Keeper.js"
import { hasRelay } from "./RelayIdentity.js"
import { isAlive } from "./RunIdentity.js"

/** How long the supervisor stays when it keeps nothing: the next command may well need it. */
const patience = Duration.seconds(3)

/** How long the fiber of a life that is over may take to write that down. */
const lastWork = Duration.seconds(5)

/** A member of an error as the command line will show it. */
const asFailure = (error: { readonly message: string; readonly exitCode?: number }): SupervisorError =>
  new SupervisorError({ message: error.message, exitCode: error.exitCode ?? 125 })

const tell = (id: string) => (error: unknown) =>
  Effect.logWarning(`${id}: ${error instanceof Error ? error.message : String(error)}`)

/** What is kept: by container, the fiber that looks after it, and its life under way. */
const makeRegister = Effect.gen(function* () {
  const fibers = yield* FiberMap.make<string>()
  const looking = yield* Effect.makeSemaphore(1)
  const lives = new Map<string, Keeper.KeptLife>()
  return {
    fibers,
    lives,
    announce:
      (id: string): Keeper.Announce =>
      (life) =>
        Effect.sync(() => void lives.set(id, life)),
    /** Looks after a container in a fiber of its own; when that ends, all that its lives were is written down. */
    keep: <E, R>(id: string, work: Effect.Effect<void, E, R>) =>
      FiberMap.run(
        fibers,
        id,
        work.pipe(Effect.catchAll(tell(id)), Effect.ensuring(Effect.sync(() => lives.delete(id))))
      ),
    /** Two looks at once would both take over the same container. */
    oneByOne: looking.withPermits(1)
  }
})

type Register = Effect.Effect.Success<typeof makeRegister>

/** Lets the fiber of an earlier life finish its work; one that only waits for the next life ends here. */
const leave = (register: Register, container: StoredContainer) =>
  Effect.gen(function* () {
    const { id } = container.record
    const fiber = yield* Effect.option(FiberMap.get(register.fibers, id))
    if (fiber._tag === "None") return
    if (isAlive(container))
      return yield* new SupervisorError({ message: `container ${id} is already running`, exitCode: 1 })
    if (container.state.status !== "restarting")
      yield* Effect.timeoutOption(Fiber.await(fiber.value), lastWork)
    yield* FiberMap.remove(register.fibers, id)
  })

/** Starts a container in a fiber of its own; succeeds when its command runs, with what waits for its exit code. */
const start = (
  register: Register,
  id: string,
  size: Size | undefined,
  prepared: Effect.Effect<void, SupervisorError>
) =>
  Effect.gen(function* () {
    const container = yield* Effect.mapError((yield* ContainerStore).get(id), asFailure)
    yield* leave(register, container)
    const started = yield* Deferred.make<Effect.Effect<number>, SupervisorError>()
    const announce: Keeper.Announce = (life) =>
      Effect.andThen(register.announce(id)(life), Deferred.succeed(started, life.exitCode))
    yield* register.keep(
      id,
      Effect.tapError(
        Keeper.start(
          container,
          { size, prepared: ({ attachable }) => Effect.zipRight(attachable, prepared) },
          announce
        ),
        (error) => Deferred.fail(started, asFailure(error))
      )
    )
    return yield* Deferred.await(started)
  })

/** Waits until what the container has written is in its log: all of it, when it has ended. */
const flush = (register: Register, id: string) =>
  Effect.gen(function* () {
    const life = register.lives.get(id)
    if (life === undefined) return
    const container = yield* Effect.option((yield* ContainerStore).get(id))
    const runs = container._tag === "Some" && isAlive(container.value)
    yield* runs ? life.streams.flushed : Deferred.await(life.over)
  })

/** What waits for the exit code of a life that has not ended, or has and is not written down yet. */
const underWay = (register: Register, id: string) =>
  Effect.gen(function* () {
    const life = register.lives.get(id)
    if (life === undefined || !(yield* FiberMap.has(register.fibers, id))) return undefined
    const container = yield* Effect.option((yield* ContainerStore).get(id))
    const standing = container._tag === "None" ? "settled" : ContainerState.standing(container.value.state)
    // A life that is over is not the one that runs now, which is about to be announced.
    const isThis = standing === "ending" || (standing === "running" && !(yield* Deferred.isDone(life.over)))
    return isThis ? life.exitCode : undefined
  })

/** Takes over what dead relays left: running containers, promised restarts, removals that were asked for. */
const lookAround = (register: Register) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    for (const container of yield* store.list) {
      const { record, state } = container
      if (yield* FiberMap.has(register.fibers, record.id)) continue
      if (yield* hasRelay(state)) continue
      const announce = register.announce(record.id)
      switch (ContainerState.standing(state)) {
        case "running":
          yield* register.keep(record.id, Keeper.takeOver(container, announce))
          break
        case "ending":
          yield* register.keep(record.id, Keeper.conclude(container, announce))
          break
        case "waiting":
          yield* register.keep(record.id, Keeper.resume(container, announce))
      }
    }
  }).pipe(register.oneByOne, Effect.catchAll(tell("the store")))

/** Completes when nothing was kept and nobody asked for a while. */
const idle = (office: Office, { fibers }: Register): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let quiet = 0; quiet < 2; ) {
      yield* Effect.sleep(Duration.times(patience, 0.5))
      quiet = (yield* FiberMap.size(fibers)) === 0 && (yield* office.busy) === 0 ? quiet + 1 : 0
    }
  })

/**
 * Keeps a store's detached containers until none is left: starts them on request, adopts those whose relay died, restarts by
 * policy, probes their health, removes those that asked for it.
 */
export const supervise = (office: Office, errands: Pick<Handlers, "errand" | "program">) =>
  Effect.scoped(
    Effect.gen(function* () {
      const register = yield* makeRegister
      const context = yield* Effect.context<
        Effect.Effect.Context<ReturnType<typeof start>> | Effect.Effect.Context<ReturnType<typeof lookAround>>
      >()
      const handlers: Handlers = {
        ...errands,
        start: (id, size, prepared) => Effect.provide(start(register, id, size, prepared), context),
        flush: (id) => Effect.provide(flush(register, id), context),
        wait: (id) => Effect.provide(underWay(register, id), context),
        adopt: Effect.provide(lookAround(register), context)
      }
      yield* lookAround(register)
      yield* Effect.raceFirst(office.serve(handlers), idle(office, register))
    })
  )
