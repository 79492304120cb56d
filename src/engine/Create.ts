import * as Effect from "effect/Effect"
import * as ContainerConfig from "../core/container/ContainerConfig.js"
import * as ContainerName from "../core/container/ContainerName.js"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { Flags } from "../core/container/Flags.js"
import { type InvalidOption, setting } from "../core/container/InvalidOption.js"
import * as KeptRequest from "../core/container/KeptRequest.js"
import * as ReadOptions from "../core/container/ReadOptions.js"
import * as Resolve from "../core/container/Resolve.js"
import * as ResolveProcess from "../core/container/ResolveProcess.js"
import * as Names from "../core/display/Names.js"
import type { ExecutionConfig } from "../core/oci/ImageConfig.js"
import * as Reachability from "../core/store/Reachability.js"
import { type HostError, HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import { type EngineError, invalid } from "./EngineError.js"
import * as VolumesFrom from "./VolumesFrom.js"

/** A container to make, as `run` and `create` were asked for it. */
export interface CreateRequest<E, R> {
  /** As the user wrote it. */
  readonly image: string
  readonly flags: Flags
  /** The words after IMAGE. */
  readonly command: ReadonlyArray<string>
  readonly caller: ReadOptions.Caller
  readonly name: string | undefined
  readonly autoRemove: boolean
  /** Gets the image that the container is made from, pulling it if that was asked for. */
  readonly findImage: Effect.Effect<StoredImage, E, R>
}

/** How often a random name is drawn anew when it is taken. */
const nameDraws = 16

/**
 * Makes a container, without starting it: decides everything that does not depend on the moment of the start, makes its
 * volumes, reserves its name. When it fails nothing is left behind.
 */
export const create = <E, R>(request: CreateRequest<E, R>) =>
  Effect.gen(function* () {
    const { name } = request
    const fault = name === undefined ? undefined : ContainerName.fault(ContainerName.withoutSlash(name))
    const flags = yield* VolumesFrom.expand(request.flags)
    const options = yield* ReadOptions.read(flags, request.command, request.caller)
    yield* checkHost(options)
    const image = yield* request.findImage
    const { config } = yield* (yield* ImageStore).config(image.record.id)
    const execution: ExecutionConfig = config.config ?? {}
    const health = yield* ContainerConfig.healthcheck(flags, execution.Healthcheck)
    const merged = ContainerConfig.merge(options, execution, health)
    const [path = "", ...args] = yield* ResolveProcess.commandLine(options, execution)
    if (fault !== undefined) return yield* invalid(fault)
    yield* checkBinds(options)
    const random = yield* Randomness
    const id = yield* random.id
    const created = new Date(yield* random.now).toISOString().replace("Z", "000000Z")
    const volumes = yield* makeVolumes(options, execution, created)
    const chainId = Reachability.chainsOf(image.record).at(-1)
    const record = {
      id,
      created,
      image: request.image,
      imageId: image.record.id,
      ...(chainId === undefined ? {} : { chainId }),
      path,
      args,
      config: merged,
      host: KeptRequest.keep(flags, request.caller, options, volumes),
      autoRemove: request.autoRemove,
      platform: image.record.os
    }
    const store = yield* ContainerStore
    return yield* withName(name, (chosen) => store.create({ ...record, name: chosen })).pipe(
      Effect.tapError(() => removeAnonymous(volumes))
    )
  })

/** What only the host can refuse, before anything is made. */
const checkHost = (options: ContainerOptions): Effect.Effect<void, InvalidOption | HostError, HostProbe> =>
  Effect.gen(function* () {
    const { cpus } = yield* (yield* HostProbe).host
    const asked = options.resources.nanoCpus ?? 0
    if (asked > cpus * 1e9) {
      return yield* setting(
        "--cpus",
        `range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`
      )
    }
  })

/** --mount refuses a source that is not there when the container is made, not when it starts. */
const checkBinds = (options: ContainerOptions) =>
  Effect.gen(function* () {
    const { paths, make } = Resolve.questions(options)
    const kinds = yield* (yield* HostProbe).kinds(paths)
    const missing = paths.find((path) => kinds[path] === "missing" && !make.includes(path))
    if (missing !== undefined)
      return yield* setting(
        "--mount",
        `invalid mount config for type "bind": bind source path does not exist: ${missing}`
      )
  })

const withName = (
  wanted: string | undefined,
  use: (name: string) => Effect.Effect<StoredContainer, StoreError>
): Effect.Effect<StoredContainer, StoreError | EngineError, Randomness> =>
  Effect.gen(function* () {
    if (wanted !== undefined) return yield* use(ContainerName.withoutSlash(wanted))
    const random = yield* Randomness
    const draw = Effect.flatMap(random.below(Names.count), (index) => use(Names.name(index)))
    return yield* Effect.retry(draw, { times: nameDraws, while: (error) => error.reason === "Conflict" })
  })

const makeVolumes = (options: ContainerOptions, image: ExecutionConfig, created: string) =>
  Effect.gen(function* () {
    const store = yield* VolumeStore
    const random = yield* Randomness
    const volumes: Record<string, KeptRequest.KeptVolume> = {}
    for (const request of Resolve.mountRequests(options, image)) {
      if (request._tag !== "Volume") continue
      if (request.driver !== "" && request.driver !== "local")
        return yield* invalid(
          `error looking up volume plugin ${request.driver}: plugin ${JSON.stringify(request.driver)} not found`
        )
      const anonymous = request.name === undefined
      const name = request.name ?? (yield* random.id)
      yield* store.create({
        name,
        created,
        labels: request.labels,
        options: request.driverOptions,
        anonymous
      })
      volumes[request.target] = { name, anonymous, copyUp: !request.noCopy }
    }
    return volumes
  })

/** Volumes made for one container alone go with it. */
export const removeAnonymous = (volumes: Readonly<Record<string, KeptRequest.KeptVolume>>) =>
  Effect.gen(function* () {
    const store = yield* VolumeStore
    for (const volume of Object.values(volumes)) {
      if (volume.anonymous) yield* Effect.ignore(store.remove(volume.name))
    }
  })
