import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as ChainId from "../../core/layer/ChainId.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import * as Platform from "../../core/oci/Platform.js"
import * as PlatformMatch from "../../core/oci/PlatformMatch.js"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BaseImage } from "../../core/plan/BuildPlan.js"
import type { ImageNeed } from "../../core/plan/Operation.js"
import type { ImageStore } from "../../edge/store/ImageStore.js"
import { LayerStore } from "../../edge/store/LayerStore.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import type { Lease } from "../../edge/store/StoreLock.js"
import type { Bases, StoredBase } from "./Bases.js"
import { type BuildFailure, type BuildRequest, failure } from "./BuildRequest.js"
import * as LayoutBase from "./LayoutBase.js"

type Images = ImageStore["Type"]

/** The failures of the store, told by the build. */
export const told = (error: StoreError): BuildFailure => failure(error.message, error)

/** An image of the store with what a build needs of it. */
export const load = (images: Images, id: Digest): Effect.Effect<StoredBase, StoreError> =>
  Effect.map(Effect.all([images.config(id), images.manifest(id)]), ([{ config }, { manifest }]) => ({
    id,
    config,
    chain: ChainId.all(config.rootfs.diff_ids ?? []).at(-1),
    layers: manifest.layers
  }))

/** What the store has under the name, if it is for the platform. */
export const local = (
  images: Images,
  need: ImageNeed
): Effect.Effect<Option.Option<StoredBase>, StoreError> =>
  Effect.gen(function* () {
    const stored = yield* images.byName(need.reference, need.platform)
    if (Option.isNone(stored)) return Option.none()
    const base = yield* load(images, stored.value.record.id)
    return fits(base.config, need.platform) ? Option.some(base) : Option.none()
  })

const fits = (config: ImageConfig, platform: Platform.Platform): boolean =>
  PlatformMatch.matches(platform, {
    os: config.os,
    architecture: config.architecture,
    ...(config.variant ? { variant: config.variant } : {})
  })

/** An image that a build would have to fetch first: `known` as far as it can be told without that. */
export interface Elsewhere {
  readonly _tag: "Elsewhere"
  readonly known: BaseImage | undefined
}

/** What is known of an image without bringing it here. */
export const look = (
  images: Images,
  request: Pick<BuildRequest, "pull">,
  need: ImageNeed
): Effect.Effect<({ readonly _tag: "Here" } & StoredBase) | Elsewhere, BuildFailure, LayoutBase.LookNeeds> =>
  Effect.gen(function* () {
    const nothing: Elsewhere = { _tag: "Elsewhere", known: undefined }
    if (!LayoutBase.isLayout(need.reference)) {
      if (request.pull !== "missing") return nothing
      const base = yield* Effect.mapError(local(images, need), told)
      return Option.isSome(base) ? { _tag: "Here", ...base.value } : nothing
    }
    const { config, id, layers } = yield* inLayout(need, LayoutBase.look(need.reference, need.platform))
    const chain = ChainId.all(config.rootfs.diff_ids ?? []).at(-1)
    const isHere =
      chain === undefined || Option.isSome(yield* Effect.mapError((yield* LayerStore).get(chain), told))
    return isHere ? { _tag: "Here", id, config, chain, layers } : { _tag: "Elsewhere", known: { id, config } }
  })

const inLayout = <A, E extends { readonly message: string }, R>(
  { reference }: ImageNeed,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, BuildFailure, R> =>
  Effect.mapError(work, (error) => failure(`${reference}: ${error.message}`, error))

/** The image, from its registry where the store has none (or the request wants the newest). */
export const find = (
  images: Images,
  request: Pick<BuildRequest, "pull" | "fetch" | "look" | "exchange">,
  need: ImageNeed,
  line: (text: string) => Effect.Effect<void>
): Effect.Effect<StoredBase, BuildFailure, LayoutBase.LayoutNeeds | Scope.Scope> =>
  Effect.gen(function* () {
    if (LayoutBase.isLayout(need.reference)) {
      const id = yield* inLayout(need, LayoutBase.load(need.reference, need.platform))
      return yield* Effect.mapError(load(images, id), told)
    }
    if (request.pull === "missing") {
      const known = yield* Effect.mapError(local(images, need), told)
      if (Option.isSome(known)) return known.value
    }
    // Where caches from elsewhere are looked into, a stage may be found whole that nobody reads: its base is not fetched then.
    if (request.look !== undefined && (request.exchange?.from ?? []).length > 0) {
      const { config, id, layers, target } = yield* request.look(need)
      const chain = ChainId.all(config.rootfs.diff_ids ?? []).at(-1)
      return { id, config, chain, layers, elsewhere: target }
    }
    return yield* fetched(images, request, need, line)
  })

const fetched = (
  images: Images,
  request: Pick<BuildRequest, "fetch">,
  need: ImageNeed,
  line: (text: string) => Effect.Effect<void>
): Effect.Effect<StoredBase, BuildFailure> =>
  Effect.gen(function* () {
    yield* request.fetch(need, line)
    const found = yield* Effect.mapError(local(images, need), told)
    if (Option.isSome(found)) return found.value
    return yield* failure(`${need.reference} has no image for ${Platform.print(need.platform)}`)
  })

/** Fetches an image that is still at its registry: a step reads its files after all. */
export const bring = (
  images: Images,
  request: Pick<BuildRequest, "fetch" | "report">,
  bases: Bases,
  lease: Lease,
  need: ImageNeed
): Effect.Effect<void, BuildFailure> =>
  Effect.gen(function* () {
    const known = bases.get(need)
    if (known?.elsewhere === undefined) return
    const line = (text: string) => request.report(BuildEvent.Warning({ text }))
    const base = yield* fetched(images, request, need, line)
    if (base.id !== known.id)
      return yield* failure(`${need.reference} was changed at its registry while this was built: build again`)
    yield* Effect.mapError(lease.hold(held(base)), told)
    bases.add(need, base)
  })

/** What must stay in the store of an image that is there. */
export const held = ({ chain, elsewhere, id }: StoredBase): ReadonlyArray<Digest> =>
  elsewhere === undefined ? [id, ...(chain === undefined ? [] : [chain])] : []
