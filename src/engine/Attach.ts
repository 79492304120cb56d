import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import type { Size } from "../edge/linux/TerminalDevice.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import type { Attached } from "../edge/supervisor/AttachClient.js"
import { Streams } from "../edge/supervisor/Streams.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import { UserTerminal } from "../edge/terminal/UserTerminal.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict } from "./EngineError.js"
import { forker } from "./Fork.js"
import { isAlive, runState } from "./RunIdentity.js"
import * as TypedInput from "./TypedInput.js"
import * as Wait from "./Wait.js"

/** How to be attached. */
export interface AttachHow {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly signals: boolean
  readonly detachKeys: ReadonlyArray<number>
}

/** Why we are no longer attached. */
type Parting = "ended" | "detached"

const resized = ({ record }: StoredContainer, { columns, rows }: Size) =>
  ContainerEvents.of(record, "resize", { height: String(rows), width: String(columns) })

/** Connects our streams to a container that another process relays; `detached` completes on the detach keys. */
const connect = (container: StoredContainer, how: AttachHow) =>
  Effect.gen(function* () {
    const user = yield* UserTerminal
    const { tty } = yield* ContainerRequest.options(container.record)
    const typed = how.stdin ? yield* TypedInput.make(yield* user.stdin, tty ? how.detachKeys : []) : undefined
    const attached = yield* (yield* Streams).attach(container.paths, {
      stdin: typed?.input,
      stdout: how.stdout ? yield* user.stdout : undefined,
      stderr: how.stderr ? yield* user.stderr : undefined
    })
    if (tty && how.stdin && user.inIsTerminal) yield* user.raw
    if (tty) {
      const fork = yield* forker<never>()
      const resize = (size: Size) => {
        attached.resize(size)
        fork(tell(resized(container, size)))
      }
      const size = yield* user.size
      if (size !== undefined) resize(size)
      yield* user.onResize(resize)
    }
    return {
      attached,
      parting: Effect.raceFirst(
        Effect.as(attached.ended, "ended" as Parting),
        Effect.as(typed?.detached ?? Effect.never, "detached" as Parting)
      )
    }
  })

/** Sends our signals to whatever is the container's process at that time. */
const proxySignals = (id: string) =>
  Effect.gen(function* () {
    const user = yield* UserTerminal
    const store = yield* ContainerStore
    const runtime = yield* Runtime
    const fork = yield* forker<never>()
    yield* user.onSignal((signal) =>
      fork(
        Effect.gen(function* () {
          const run = runState((yield* store.get(id)).state)
          if (run !== undefined) yield* runtime.signal(run, signal)
        }).pipe(Effect.ignore)
      )
    )
  })

/**
 * Has the programs on the terminal draw anew: one whose size stays the same would show nothing until something is typed.
 */
const redraw = (attached: Attached) =>
  Effect.gen(function* () {
    const size = yield* (yield* UserTerminal).size
    if (size === undefined) return
    attached.resize({ rows: size.rows + 1, columns: size.columns + 1 })
    attached.resize(size)
  })

/** One connection to a container, and what undoes it on our side. */
const open = (container: StoredContainer, how: AttachHow) =>
  Effect.gen(function* () {
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const connected = yield* Scope.extend(connect(container, how), scope)
    return { ...connected, close: Scope.close(scope, Exit.void) }
  })

type Connection = Effect.Effect.Success<ReturnType<typeof open>>

/** Stays with a container to the end of this life, also when its relay dies: the next one has its streams. */
const stay = (container: StoredContainer, how: AttachHow, first: Connection) =>
  Effect.gen(function* () {
    const {
      record: { id },
      state: { process }
    } = container
    const store = yield* ContainerStore
    let isFirst = true
    for (let connection = first; ; isFirst = false) {
      const parting = yield* connection.parting
      yield* connection.close
      const found = parting === "ended" ? yield* Effect.option(store.get(id)) : Option.none()
      const isOver = (now: StoredContainer) =>
        !isAlive(now) || now.state.process?.startTicks !== process?.startTicks
      if (Option.isNone(found) || isOver(found.value)) return { parting, isFirst }
      yield* (yield* Supervisor).adopt
      connection = yield* open(container, how)
    }
  })

/**
 * Attaches to a running container, to its input only where that is open; its exit code when it has ended, undefined when the
 * detach keys were typed. A terminal passes its own signals on as keys, so ours stay ours there.
 */
export const attach = (container: StoredContainer, how: AttachHow) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { state, record } = container
      if (state.status === "paused")
        return yield* conflict("You cannot attach to a paused container, unpause it first")
      if (state.status === "restarting")
        return yield* conflict("You cannot attach to a restarting container, wait until it is running")
      if (state.process === undefined)
        return yield* conflict("You cannot attach to a stopped container, start it first")
      const { interactive, tty } = yield* ContainerRequest.options(record)
      const stdin = how.stdin && interactive
      if (tty && stdin && !(yield* UserTerminal).inIsTerminal)
        return yield* conflict("the input device is not a TTY")
      if (how.signals && !tty) yield* proxySignals(record.id)
      const manner = { ...how, stdin }
      const connection = yield* open(container, manner)
      if (tty) yield* redraw(connection.attached)
      yield* tell(ContainerEvents.of(record, "attach"))
      const { parting } = yield* stay(container, manner, connection)
      return yield* parting === "detached" ? left(container) : Wait.wait(container)
    })
  )

/**
 * Starts a container under the supervisor with us attached from its first output on. Gives its exit code, or undefined when
 * the detach keys were typed.
 */
export const startAttached = (container: StoredContainer, how: AttachHow) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { record } = container
      const user = yield* UserTerminal
      const { tty } = yield* ContainerRequest.options(record)
      if (how.signals) yield* proxySignals(record.id)
      const connected = yield* Deferred.make<Connection>()
      const ended = yield* (yield* Supervisor).startAttached(
        { id: record.id, size: tty ? yield* user.size : undefined },
        Effect.flatMap(open(container, how), (made) =>
          Effect.zipRight(Deferred.succeed(connected, made), tell(ContainerEvents.of(record, "attach")))
        )
      )
      const store = yield* ContainerStore
      const started = yield* Effect.orElseSucceed(store.get(record.id), () => container)
      const { parting, isFirst } = yield* stay(started, how, yield* Deferred.await(connected))
      if (parting === "detached") return yield* left(container)
      // Who promised to tell the exit code is gone, when another one relayed the end.
      return yield* isFirst ? ended : Wait.wait(started)
    })
  )

/** The detach keys were typed: there is no exit code to tell. */
const left = ({ record }: StoredContainer) => Effect.as(tell(ContainerEvents.of(record, "detach")), undefined)
