import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import * as HealthCheck from "../core/container/HealthCheck.js"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import type { ContainerState } from "../core/store/ContainerState.js"
import * as VolumeEvents from "../core/store/VolumeEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import type { Size } from "../edge/linux/TerminalDevice.js"
import { Runtime, type Started } from "../edge/runtime/Runtime.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import type { Rotation } from "../edge/supervisor/LogFile.js"
import { type Attachable, type Prepared, Streams } from "../edge/supervisor/Streams.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict, invalid } from "./EngineError.js"
import type { Joining } from "./JoinNetworks.js"
import * as LeaveNetworks from "./LeaveNetworks.js"
import * as PrepareSpec from "./PrepareSpec.js"
import { processIdentity } from "./RunIdentity.js"

/** A container that runs and whose streams this process relays. */
export interface Life {
  readonly container: StoredContainer
  readonly spec: ContainerSpec
  readonly started: Started
  readonly streams: Prepared
}

/** How a life begins. */
export interface StartHow<E, R> {
  readonly size: Size | undefined
  /** Runs before the container's command does. */
  readonly prepared: (streams: Attachable) => Effect.Effect<void, E, R>
}

/**
 * Starts a container and relays its streams until the scope closes (the container goes on). Nothing of its output is lost,
 * whoever joins in `prepared` sees all of it. A failure is kept in the container's state, as Docker does.
 */
export const start = <E, R>(container: StoredContainer, how: StartHow<E, R>) =>
  Effect.gen(function* () {
    const { record, paths } = container
    const store = yield* ContainerStore
    const runtime = yield* Runtime
    const options = yield* ContainerRequest.options(record)
    const log = yield* rotation(options)
    const current = yield* Effect.map(store.get(record.id), (fresh) => fresh.state)
    yield* checkStartable(record.id, current)
    yield* (yield* ContainerFiles).clearExit(paths)
    const streams = yield* (yield* Streams).prepare({
      paths,
      terminal: options.tty,
      interactive: options.interactive,
      stdinOnce: options.attached.stdin,
      log
    })
    const begun = Effect.gen(function* () {
      const spec = yield* PrepareSpec.prepareSpec(container, how.size)
      yield* (yield* ContainerFiles).keepSpec(paths, spec)
      yield* tellMounts(container, options)
      yield* how.prepared(streams)
      const { stdio, descriptors, held } = streams.io
      const start = (joining?: Joining) =>
        // Listening takes Node a while, which it has until the kernel has made the container.
        Effect.zipLeft(
          runtime.start(spec, {
            stdio,
            descriptors,
            lifetime: "detached",
            ...joining,
            held: [...held, ...(joining?.held ?? [])]
          }),
          streams.attachable,
          { concurrent: true }
        )
      if (options.connections.length === 0 || spec.namespaces.network._tag !== "New")
        return { spec, started: yield* start() }
      const { hostname = record.id.slice(0, 12), domainname } = spec
      const names = domainname === undefined ? hostname : `${hostname}.${domainname} ${hostname}`
      const { network } = yield* (yield* HostProbe).host
      if (network === "pasta" || network === "slirp4netns") {
        const user = yield* Effect.promise(() => import("./JoinUserNetwork.js"))
        const joining = user.join(container, options, names, network)
        return { spec, started: yield* Effect.flatMap(joining, start) }
      }
      const { join } = yield* Effect.promise(() => import("./JoinNetworks.js"))
      // Its ports are the monitor's once it runs.
      const joining = join(container, options, names, yield* Effect.scope)
      const started = yield* Effect.scoped(Effect.flatMap(joining, start))
      return { spec, started }
    })
    const { spec, started } = yield* Effect.tapError(begun, (error) =>
      Effect.zipRight(
        Effect.ignore(LeaveNetworks.leave(record.id)),
        Effect.ignore(store.setState(record.id, failed(current, error)))
      )
    )
    yield* streams.relay
    yield* Effect.uninterruptible(
      Effect.flatMap(running(record, started, current), (state) => store.setState(record.id, state))
    )
    return { container, spec, started, streams } satisfies Life
  })

const tellMounts = ({ record }: StoredContainer, options: ContainerOptions) =>
  Effect.gen(function* () {
    const isWithout =
      record.config.Volumes === undefined && !options.mounts.some(({ _tag }) => _tag === "Volume")
    if (isWithout) return
    const { volumes } = yield* ContainerRequest.kept(record)
    const shown = Object.entries(volumes).map(([target, { name }]) => ({
      name,
      target,
      isReadonly: options.mounts.some((mount) => mount.target === target && mount.readonly)
    }))
    for (const fact of VolumeEvents.mounted(record.id, shown)) yield* tell(fact)
  })

const checkStartable = (id: string, state: ContainerState) => {
  switch (state.status) {
    case "running":
      return conflict(`container ${id} is already running`)
    case "paused":
      return conflict("cannot start a paused container, try unpause instead")
    case "removing":
    case "dead":
      return conflict("container is marked for removal and cannot be started")
    default:
      return Effect.void
  }
}

/** Which log is kept: json-file (the default), or none. */
export const rotation = (options: ContainerOptions) =>
  Effect.gen(function* () {
    const driver = options.logDriver ?? "json-file"
    if (driver === "none") return undefined
    if (driver !== "json-file" && driver !== "local")
      return yield* invalid(
        `error looking up logging plugin ${driver}: plugin ${JSON.stringify(driver)} not found`
      )
    const { "max-size": size, "max-file": count } = options.logOptions
    const found: Rotation = { maxBytes: bytes(size), maxFiles: count === undefined ? 1 : Number(count) }
    if (Number.isNaN(found.maxBytes)) return yield* invalid(`invalid value for max-size: ${size}`)
    return found
  })

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9
}

const bytes = (text: string | undefined): number => {
  if (text === undefined || text === "-1") return Number.POSITIVE_INFINITY
  const [, count, unit = ""] = /^(\d+)([a-z]*)$/i.exec(text) ?? []
  return Number(count) * (units[unit.toLowerCase()] ?? Number.NaN)
}

/** Writes down that this process relays the container's streams now. */
export const claim = (id: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ContainerStore
      yield* store.lock(id)
      const { state } = yield* store.get(id)
      const relay = yield* store.identify(process.pid)
      yield* store.setState(id, { ...state, relay })
    })
  )

const running = ({ config }: ContainerRecord, started: Started, before: ContainerState) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const now = yield* (yield* Randomness).now
    const monitor = yield* Effect.option(store.identify(started.state.monitorPid))
    const relay = yield* Effect.option(store.identify(process.pid))
    const state: ContainerState = {
      status: "running",
      process: processIdentity(started.state),
      ...(monitor._tag === "Some" ? { monitor: monitor.value } : {}),
      ...(relay._tag === "Some" ? { relay: relay.value } : {}),
      startedAt: new Date(now).toISOString().replace("Z", "000000Z"),
      exitCode: 0,
      oomKilled: false,
      error: "",
      restartCount: before.status === "restarting" ? before.restartCount : 0,
      ...(before.status === "restarting" && before.restartDelayMs !== undefined
        ? { restartDelayMs: before.restartDelayMs }
        : {}),
      ...(HealthCheck.probe(config.Healthcheck) === undefined ? {} : { health: HealthCheck.initial.status })
    }
    return state
  })

/** A container whose command could not run stays as it was, with the reason. */
const failed = (before: ContainerState, error: unknown): ContainerState => ({
  ...before,
  exitCode:
    typeof error === "object" && error !== null && "exitCode" in error && typeof error.exitCode === "number"
      ? error.exitCode
      : 128,
  error:
    typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error)
})
