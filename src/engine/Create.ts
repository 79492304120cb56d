import * as Effect from "effect/Effect"
import { type Caller, settle } from "../core/container/Caller.js"
import * as ContainerConfig from "../core/container/ContainerConfig.js"
import * as ContainerName from "../core/container/ContainerName.js"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { Flags } from "../core/container/Flags.js"
import { setting } from "../core/container/InvalidOption.js"
import type * as KeptRequest from "../core/container/KeptRequest.js"
import * as ReadOptions from "../core/container/ReadOptions.js"
import * as Resolve from "../core/container/Resolve.js"
import * as ResolveProcess from "../core/container/ResolveProcess.js"
import * as RuntimeChoice from "../core/container/RuntimeChoice.js"
import * as Names from "../core/display/Names.js"
import type { ExecutionConfig } from "../core/oci/ImageConfig.js"
import * as Reachability from "../core/store/Reachability.js"
import type { VolumeRecord } from "../core/store/VolumeRecord.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import { removeAnonymous } from "./AnonymousVolumes.js"
import { type EngineError, invalid } from "./EngineError.js"
import * as HostLimits from "./HostLimits.js"
import * as VolumesFrom from "./VolumesFrom.js"

/** A container to make, as `run` and `create` were asked for it. */
export interface CreateRequest<E, R> {
  /** As the user wrote it. */
  readonly image: string
  readonly flags: Flags
  /** The words after IMAGE. */
  readonly command: ReadonlyArray<string>
  readonly caller: Caller
  readonly name: string | undefined
  readonly autoRemove: boolean
  readonly made: KeptRequest.Made
  /** Gets the image that the container is made from, pulling it if that was asked for. */
  readonly findImage: Effect.Effect<StoredImage, E, R>
}

/** How often a random name is drawn anew when it is taken. */
const nameDraws = 16

/**
 * Decides everything about a container that does not depend on the moment of its start, and makes nothing: its record but for
 * the name, and the volumes that it needs.
 */
export const draft = <E, R>(request: CreateRequest<E, R>) =>
  Effect.gen(function* () {
    const { name } = request
    const fault = name === undefined ? undefined : ContainerName.fault(ContainerName.withoutSlash(name))
    const asked = yield* VolumesFrom.expand(request.flags)
    const options = yield* ReadOptions.read(asked, request.command, request.caller)
    const { flags, files } = yield* settle(asked, request.caller)
    yield* HostLimits.check(options)
    const image = yield* request.findImage
    const { config } = yield* (yield* ImageStore).config(image.record.id)
    const execution: ExecutionConfig = config.config ?? {}
    const health = yield* ContainerConfig.healthcheck(flags, execution.Healthcheck)
    const merged = ContainerConfig.merge(options, execution, health)
    const [path = "", ...args] = yield* ResolveProcess.commandLine(options, execution)
    if (fault !== undefined) return yield* invalid(fault)
    yield* checkHost(options)
    const random = yield* Randomness
    const id = yield* random.id
    const created = new Date(yield* random.now).toISOString().replace("Z", "000000Z")
    const volumes = yield* chooseVolumes(options, execution)
    const kept = Object.fromEntries(volumes.map(({ target, kept }) => [target, kept]))
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
      host: {
        flags,
        command: request.command,
        files,
        volumes: kept,
        made: request.made
      } satisfies KeptRequest.KeptRequest,
      autoRemove: request.autoRemove,
      platform: image.record.os
    }
    return { record, volumes, kept }
  })

/** Makes a container, without starting it, with its volumes and its name. When it fails nothing is left behind. */
export const create = <E, R>(request: CreateRequest<E, R>) =>
  Effect.gen(function* () {
    const { record, volumes, kept } = yield* draft(request)
    const volumeStore = yield* VolumeStore
    for (const { record: volume } of volumes)
      yield* volumeStore.create({ ...volume, created: record.created })
    const store = yield* ContainerStore
    return yield* withName(request.name, (chosen) => store.create({ ...record, name: chosen })).pipe(
      Effect.tapError(() => removeAnonymous(kept))
    )
  })

/** --mount and --runtime refuse what is not there when the container is made, not when it starts. */
const checkHost = (options: ContainerOptions) =>
  Effect.gen(function* () {
    const { paths, programs, make } = Resolve.questions(options)
    const kinds = yield* (yield* HostProbe).kinds([...paths, ...programs])
    yield* RuntimeChoice.resolve(options.runtime, kinds, true)
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

/** A volume of a container to be, by the path that it is shown at. */
interface ChosenVolume {
  readonly target: string
  readonly kept: KeptRequest.KeptVolume
  readonly record: Omit<VolumeRecord, "created">
}

const chooseVolumes = (options: ContainerOptions, image: ExecutionConfig) =>
  Effect.gen(function* () {
    const random = yield* Randomness
    const volumes: Array<ChosenVolume> = []
    for (const request of Resolve.mountRequests(options, image)) {
      if (request._tag !== "Volume") continue
      if (request.driver !== "" && request.driver !== "local")
        return yield* invalid(
          `error looking up volume plugin ${request.driver}: plugin ${JSON.stringify(request.driver)} not found`
        )
      const anonymous = request.name === undefined
      const name = request.name ?? (yield* random.id)
      volumes.push({
        target: request.target,
        kept: { name, anonymous, copyUp: !request.noCopy },
        record: { name, labels: request.labels, options: request.driverOptions, anonymous }
      })
    }
    return volumes
  })
