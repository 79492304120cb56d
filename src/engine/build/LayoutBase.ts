import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Digest } from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as ReceivedConfig from "../../core/oci/ReceivedConfig.js"
import { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import type { BlobStore } from "../../edge/store/BlobStore.js"
import type { ImageStore } from "../../edge/store/ImageStore.js"
import type { LayerStore } from "../../edge/store/LayerStore.js"
import type { StoreLock } from "../../edge/store/StoreLock.js"
import * as Gathered from "../copy/Gathered.js"
import { smallBlob } from "../copy/ImageSource.js"
import * as LayoutSource from "../copy/LayoutSource.js"
import * as StoreTarget from "../copy/StoreTarget.js"
import { invalid } from "../EngineError.js"

/** What bringing an image of a layout into the store takes. */
export type LayoutNeeds = BlobStore | ImageLayouts | ImageStore | LayerStore | StoreLock

/** What looking at one takes. */
export type LookNeeds = ImageLayouts | LayerStore

const scheme = "oci-layout://"

/** True for an image that lies in a layout of the user's. */
export const isLayout = (reference: string): boolean => reference.startsWith(scheme)

/** `oci-layout://DIRECTORY[:TAG|@DIGEST]`: a colon after the last slash begins the tag. */
const parse = (reference: string): { readonly path: string; readonly wanted: string | undefined } => {
  const match = /^(.*?)(?:@([a-z0-9]+:[0-9a-f]+)|:([^/:]+))?$/.exec(reference.slice(scheme.length))
  return { path: match?.[1] ?? "", wanted: match?.[2] ?? match?.[3] }
}

const wanted = (platform: Platform) => ({ platform, isAsked: true })

const opened = (reference: string) =>
  Effect.gen(function* () {
    const { path, wanted } = parse(reference)
    return yield* LayoutSource.layout(path, yield* (yield* ImageLayouts).open(path), wanted)
  })

/** Brings an image of a layout into the store, without a name; gives its id. */
export const load = (reference: string, platform: Platform) =>
  Effect.gen(function* () {
    const source = yield* opened(reference)
    const gathered = yield* Gathered.gather(source, { _tag: "One", wanted: wanted(platform) })
    const id: Digest = yield* StoreTarget.unnamed(gathered, () => Effect.void)
    return id
  })

/** What an image of a layout is, looked at where it lies. */
export const look = (reference: string, platform: Platform) =>
  Effect.gen(function* () {
    const source = yield* opened(reference)
    const { manifest } = yield* Gathered.one(source, wanted(platform))
    const bytes = yield* smallBlob(source, manifest.config)
    const { config } = yield* Either.mapLeft(ReceivedConfig.decode(bytes), ({ message }) => invalid(message))
    return { id: manifest.config.digest, config, layers: manifest.layers }
  })
