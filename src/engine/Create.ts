import * as Effect from "effect/Effect"
import type { Caller } from "../core/container/Caller.js"
import * as ContainerName from "../core/container/ContainerName.js"
import type { Flags } from "../core/container/Flags.js"
import type * as KeptRequest from "../core/container/KeptRequest.js"
import * as Names from "../core/display/Names.js"
import * as Reachability from "../core/store/Reachability.js"
import { Randomness } from "../edge/host/Randomness.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import type { StoredImage } from "../edge/store/ImageStore.js"
import type { StoreError } from "../edge/store/StoreError.js"
import { removeAnonymous } from "./AnonymousVolumes.js"
import { decide, makeVolumes, understand } from "./DecideContainer.js"
import { type EngineError, invalid } from "./EngineError.js"

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
    const understood = yield* understand(request.flags, request.command, request.caller)
    const image = yield* request.findImage
    const decided = yield* decide(understood, image.record.id, { made: request.made, volumes: {} })
    if (fault !== undefined) return yield* invalid(fault)
    const random = yield* Randomness
    const chainId = Reachability.chainsOf(image.record).at(-1)
    const record = {
      id: yield* random.id,
      created: new Date(yield* random.now).toISOString().replace("Z", "000000Z"),
      image: request.image,
      imageId: image.record.id,
      ...(chainId === undefined ? {} : { chainId }),
      ...decided.record,
      autoRemove: request.autoRemove,
      platform: image.record.os
    }
    return { record, volumes: decided.volumes }
  })

/** Makes a container, without starting it, with its volumes and its name. When it fails nothing is left behind. */
export const create = <E, R>(request: CreateRequest<E, R>) =>
  Effect.gen(function* () {
    const { record, volumes } = yield* draft(request)
    yield* makeVolumes(volumes, record.created)
    const store = yield* ContainerStore
    return yield* withName(request.name, (chosen) => store.create({ ...record, name: chosen })).pipe(
      Effect.tapError(() => removeAnonymous(Object.values(record.host.volumes)))
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
