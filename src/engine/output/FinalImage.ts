import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChainId from "../../core/layer/ChainId.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digest from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import * as ManifestBytes from "../../core/oci/ManifestBytes.js"
import * as MediaType from "../../core/oci/MediaType.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as Epoch from "../../core/output/Epoch.js"
import * as Squash from "../../core/output/Squash.js"
import * as StepImage from "../../core/plan/StepImage.js"
import { Archives } from "../../edge/archive/Archives.js"
import { BuildCache } from "../../edge/store/BuildCache.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import { LayerStore } from "../../edge/store/LayerStore.js"
import type { BuiltImage } from "./BuiltImage.js"

/** What is done to the image of the last step before it goes anywhere. */
export interface Finishing {
  readonly squash: boolean
  /** Undefined: times stay as they are. */
  readonly epoch: number | undefined
  /** The files' times in the new layers are clamped too. */
  readonly rewritesLayers: boolean
}

/** An image as it goes out, but for the form of its layers' blobs. */
export interface FinalImage {
  readonly platform: Platform
  readonly id: Digest.Digest
  readonly config: ImageConfig
  readonly bytes: Uint8Array
  /** As the store has them, base first. */
  readonly layers: ReadonlyArray<Descriptor>
  readonly parent: Digest.Digest | undefined
  readonly built: BuiltImage
}

interface Work {
  readonly config: ImageConfig
  readonly layers: ReadonlyArray<Descriptor>
}

const chainOf = (config: ImageConfig, count: number): ChainId.ChainId | undefined =>
  ChainId.all((config.rootfs.diff_ids ?? []).slice(0, count)).at(-1)

/** Makes one layer of those above the base image. */
const squashed = ({ state, image }: BuiltImage, { config, layers }: Work) =>
  Effect.gen(function* () {
    const archives = yield* Archives
    const store = yield* LayerStore
    const below = Epoch.inheritedLayers(config, state.base)
    const top = chainOf(config, layers.length)
    const created = new Date(yield* Clock.currentTimeMillis).toISOString()
    const isBare = top === undefined || layers.length === below
    const made = isBare
      ? undefined
      : yield* store.importTar({
          parent: chainOf(config, below),
          bytes: archives.packMerged(top, layers.length - below)
        })
    const result: Work = {
      config: Squash.config(config, state.base, made?.diffId, image, created),
      layers: [...layers.slice(0, below), ...(made === undefined ? [] : [made.blob])]
    }
    return result
  })

/** Makes new layers of those above the base image, in which no file is younger than the epoch. */
const rewritten = ({ state }: BuiltImage, { config, layers }: Work, epoch: number) =>
  Effect.gen(function* () {
    const store = yield* LayerStore
    const below = Epoch.inheritedLayers(config, state.base)
    const diffIds = (config.rootfs.diff_ids ?? []).slice(0, below)
    const blobs = layers.slice(0, below)
    let parent = chainOf(config, below)
    for (let count = below + 1; count <= layers.length; count++) {
      const chain = chainOf(config, count)
      const [upper] = chain === undefined ? [] : yield* store.lowerDirs(chain)
      if (upper === undefined) continue
      const made = yield* store.capture({ parent, upper, clampSeconds: epoch })
      diffIds.push(made.diffId)
      blobs.push(made.blob)
      parent = made.chainId
    }
    const result: Work = {
      config: { ...config, rootfs: { ...config.rootfs, diff_ids: diffIds } },
      layers: blobs
    }
    return result
  })

const finished = (built: BuiltImage, { squash, epoch, rewritesLayers }: Finishing) =>
  Effect.gen(function* () {
    let work: Work = { config: built.state.config, layers: built.state.layers }
    if (squash) work = yield* squashed(built, work)
    if (epoch !== undefined && rewritesLayers) work = yield* rewritten(built, work, epoch)
    return epoch === undefined
      ? work
      : { ...work, config: Epoch.clampConfig(work.config, built.state.base, epoch) }
  })

const keyOf = ({ image }: BuiltImage, { squash, epoch, rewritesLayers }: Finishing): Digest.Digest =>
  Digest.ofBytes(`kasane finished image 1\n${JSON.stringify([image, squash, epoch ?? null, rewritesLayers])}`)

/** What an earlier build made of the same image, if the store still has it. */
const known = (built: BuiltImage, finishing: Finishing) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const record = yield* (yield* BuildCache).get(keyOf(built, finishing))
    if (Option.isNone(record)) return Option.none()
    const stored = yield* images.get(record.value.imageId)
    if (Option.isNone(stored)) return Option.none()
    const { config, bytes } = yield* images.config(record.value.imageId)
    const store = yield* LayerStore
    const below = Epoch.inheritedLayers(config, built.state.base)
    const layers = [...built.state.layers.slice(0, below)]
    for (const chain of ChainId.all(config.rootfs.diff_ids ?? []).slice(below)) {
      const layer = yield* store.get(chain)
      if (Option.isNone(layer)) return Option.none()
      layers.push(layer.value.blob)
    }
    return Option.some({ config, bytes, layers })
  })

/**
 * Does to the image what is asked for and keeps the result in the store, where a second build finds it again. Without
 * anything to do it is the image of the last step.
 */
export const finish = (built: BuiltImage, finishing: Finishing) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const { platform, state, image } = built
    if (!finishing.squash && finishing.epoch === undefined) {
      const { bytes } = yield* images.config(image)
      const same: FinalImage = {
        platform,
        id: image,
        config: state.config,
        bytes,
        layers: state.layers,
        parent: undefined,
        built
      }
      return same
    }
    const before = yield* known(built, finishing)
    const work = Option.isSome(before) ? before.value : yield* finished(built, finishing)
    const bytes = StepImage.encode(work.config)
    const id = Digest.ofBytes(bytes)
    const parent = id === image ? undefined : image
    if (Option.isNone(before)) {
      yield* images.put({
        manifest: ManifestBytes.manifest({ digest: id, size: bytes.length }, work.layers, {}, "oci"),
        manifestMediaType: MediaType.OciManifest,
        config: bytes,
        ...(parent === undefined ? {} : { parent })
      })
      yield* (yield* BuildCache).put({
        key: keyOf(built, finishing),
        imageId: id,
        description: finishing.squash ? "squashed image" : "image with clamped times",
        created: work.config.created ?? "",
        sizeBytes: 0,
        detail: null
      })
    }
    const made: FinalImage = { platform, id, config: work.config, bytes, layers: work.layers, parent, built }
    return made
  })
