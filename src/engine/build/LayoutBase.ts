import * as Effect from "effect/Effect"
import type { Digest } from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import { ImageLayouts } from "../../edge/archive/ImageLayouts.js"
import type { BlobStore } from "../../edge/store/BlobStore.js"
import type { ImageStore } from "../../edge/store/ImageStore.js"
import type { LayerStore } from "../../edge/store/LayerStore.js"
import type { StoreLock } from "../../edge/store/StoreLock.js"
import * as Gathered from "../copy/Gathered.js"
import * as LayoutSource from "../copy/LayoutSource.js"
import * as StoreTarget from "../copy/StoreTarget.js"

/** What bringing an image of a layout into the store takes. */
export type LayoutNeeds = BlobStore | ImageLayouts | ImageStore | LayerStore | StoreLock

const scheme = "oci-layout://"

/** True for an image that lies in a layout of the user's. */
export const isLayout = (reference: string): boolean => reference.startsWith(scheme)

/** `oci-layout://DIRECTORY[:TAG|@DIGEST]`: a colon after the last slash begins the tag. */
const parse = (reference: string): { readonly path: string; readonly wanted: string | undefined } => {
  const match = /^(.*?)(?:@([a-z0-9]+:[0-9a-f]+)|:([^/:]+))?$/.exec(reference.slice(scheme.length))
  return { path: match?.[1] ?? "", wanted: match?.[2] ?? match?.[3] }
}

/** Brings an image of a layout into the store, without a name; gives its id. */
export const load = (reference: string, platform: Platform) =>
  Effect.gen(function* () {
    const { path, wanted } = parse(reference)
    const files = yield* (yield* ImageLayouts).open(path)
    const source = yield* LayoutSource.layout(path, files, wanted)
    const gathered = yield* Gathered.gather(source, { _tag: "One", wanted: { platform, isAsked: true } })
    const id: Digest = yield* StoreTarget.unnamed(gathered, () => Effect.void)
    return id
  })
