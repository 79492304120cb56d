import * as Effect from "effect/Effect"
import { type Caller, type Settled, settle } from "../core/container/Caller.js"
import * as ContainerConfig from "../core/container/ContainerConfig.js"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { Flags } from "../core/container/Flags.js"
import { setting } from "../core/container/InvalidOption.js"
import type * as KeptRequest from "../core/container/KeptRequest.js"
import * as ReadOptions from "../core/container/ReadOptions.js"
import * as Resolve from "../core/container/Resolve.js"
import * as ResolveProcess from "../core/container/ResolveProcess.js"
import * as RuntimeChoice from "../core/container/RuntimeChoice.js"
import type { Digest } from "../core/oci/Digest.js"
import type { ExecutionConfig } from "../core/oci/ImageConfig.js"
import type { VolumeRecord } from "../core/store/VolumeRecord.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import { invalid } from "./EngineError.js"
import * as HostLimits from "./HostLimits.js"
import * as VolumesFrom from "./VolumesFrom.js"

/** What flags and a command ask for, as far as it can be told without the image. */
export interface Understood extends Settled {
  readonly command: ReadonlyArray<string>
  readonly options: ContainerOptions
}

/** Reads what is asked for, and refuses what this host cannot do. */
export const understand = (asked: Flags, command: ReadonlyArray<string>, caller: Caller) =>
  Effect.gen(function* () {
    const expanded = yield* VolumesFrom.expand(asked)
    const options = yield* ReadOptions.read(expanded, command, caller)
    const { flags, files } = yield* settle(expanded, caller)
    yield* HostLimits.check(options)
    return { flags, files, command, options } satisfies Understood
  })

/** A volume of a container to be, by the path that it is shown at. */
interface ChosenVolume {
  readonly target: string
  readonly kept: KeptRequest.KeptVolume
  readonly record: Omit<VolumeRecord, "created">
}

/** What a container has already of what is decided for it. */
export interface Had {
  readonly made: KeptRequest.Made | undefined
  readonly volumes: KeptRequest.KeptRequest["volumes"]
}

/**
 * Everything about a container that does not depend on its name or the moment of its start: a part of its record, and the
 * volumes that it needs. Volumes that it has already stay. Makes nothing.
 */
export const decide = ({ flags, files, command, options }: Understood, imageId: Digest, had: Had) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ImageStore).config(imageId)
    const execution: ExecutionConfig = config.config ?? {}
    const health = yield* ContainerConfig.healthcheck(flags, execution.Healthcheck)
    const [path = "", ...args] = yield* ResolveProcess.commandLine(options, execution)
    yield* checkHost(options)
    const volumes = yield* chooseVolumes(options, execution, had.volumes)
    const host: KeptRequest.KeptRequest = {
      flags,
      command,
      files,
      volumes: Object.fromEntries(volumes.map(({ target, kept }) => [target, kept])),
      ...(had.made === undefined ? {} : { made: had.made })
    }
    return {
      record: { path, args, config: ContainerConfig.merge(options, execution, health), host },
      volumes: volumes.map(({ record }) => record)
    }
  })

/** Makes the volumes that are not there. */
export const makeVolumes = (volumes: ReadonlyArray<Omit<VolumeRecord, "created">>, created: string) =>
  Effect.gen(function* () {
    const store = yield* VolumeStore
    for (const volume of volumes) yield* store.create({ ...volume, created })
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

const chooseVolumes = (options: ContainerOptions, image: ExecutionConfig, had: Had["volumes"]) =>
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
      const before = had[request.target]
      const own = before?.anonymous === true ? before.name : undefined
      const name = request.name ?? own ?? (yield* random.id)
      volumes.push({
        target: request.target,
        kept: { name, anonymous, copyUp: !request.noCopy },
        record: { name, labels: request.labels, options: request.driverOptions, anonymous }
      })
    }
    return volumes
  })
