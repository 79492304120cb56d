import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as PlatformMatch from "../../core/oci/PlatformMatch.js"
import * as ReceivedConfig from "../../core/oci/ReceivedConfig.js"
import type * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import { invalid } from "../EngineError.js"
import * as RemoteImage from "../RemoteImage.js"
import { type CopyError, type ImageSource, smallBlob } from "./ImageSource.js"

/** Which images of an index are copied: the one for a platform, or all of them with the index. */
export type Selection =
  | { readonly _tag: "One"; readonly wanted: RemoteImage.WantedPlatform }
  | { readonly _tag: "All" }

/** Everything that is copied, in the order in which a destination may take it: blobs, manifests below the top, the top. */
export interface Gathered {
  readonly source: ImageSource
  /** Configs and layers, each once. */
  readonly blobs: ReadonlyArray<Descriptor>
  /** Manifests and indexes that the top leads to, children before parents, each once. */
  readonly inner: ReadonlyArray<ReceivedManifest.ReceivedManifest>
  readonly top: ReceivedManifest.ReceivedManifest
}

export type Image = Extract<ReceivedManifest.ReceivedManifest, { readonly _tag: "Image" }>

const nestedMax = 3

const nestedTooDeep = (source: ImageSource) =>
  invalid(`${source.name}: indexes within indexes, more than ${nestedMax} deep`)

/** The image for a platform: the top itself, or the one of its index that fits best. */
export const one = (
  source: ImageSource,
  wanted: RemoteImage.WantedPlatform
): Effect.Effect<Image, CopyError> =>
  Effect.gen(function* () {
    let at = source.top
    for (let depth = 0; at._tag === "Index"; depth++) {
      if (depth > nestedMax) return yield* nestedTooDeep(source)
      const there = { ...at.index, manifests: at.index.manifests.filter(source.has) }
      const chosen = yield* Either.mapLeft(PlatformMatch.choose(there, wanted.platform), ({ message }) =>
        invalid(`${source.name}: ${message}`)
      )
      at = yield* source.manifest(chosen)
    }
    if (wanted.isAsked) {
      const config = yield* Either.mapLeft(
        ReceivedConfig.decode(yield* smallBlob(source, at.manifest.config)),
        ({ message }) => invalid(message)
      )
      yield* RemoteImage.checkPlatform(source.name, config, wanted)
    }
    return at
  })

/** What an index leads to, children before parents. */
const below = (
  source: ImageSource,
  received: ReceivedManifest.ReceivedManifest,
  depth: number
): Effect.Effect<ReadonlyArray<ReceivedManifest.ReceivedManifest>, CopyError> =>
  Effect.gen(function* () {
    if (received._tag === "Image") return []
    if (depth > nestedMax) return yield* nestedTooDeep(source)
    const found: Array<ReceivedManifest.ReceivedManifest> = []
    for (const entry of received.index.manifests) {
      const child = yield* source.manifest(entry)
      found.push(...(yield* below(source, child, depth + 1)), child)
    }
    return found
  })

const distinct = <A extends { readonly digest: Digest }>(all: ReadonlyArray<A>): ReadonlyArray<A> => [
  ...new Map(all.map((each) => [each.digest, each])).values()
]

const blobsOf = (manifests: ReadonlyArray<ReceivedManifest.ReceivedManifest>): ReadonlyArray<Descriptor> =>
  distinct(
    manifests.flatMap((received) =>
      received._tag === "Image"
        ? [
            ...received.manifest.layers.filter(({ mediaType }) => !MediaType.isForeign(mediaType)),
            received.manifest.config
          ]
        : []
    )
  )

/** Reads the manifests that are to be copied; no layer. */
export const gather = (source: ImageSource, selection: Selection): Effect.Effect<Gathered, CopyError> =>
  Effect.gen(function* () {
    if (selection._tag === "One") {
      const top = yield* one(source, selection.wanted)
      return { source, blobs: blobsOf([top]), inner: [], top }
    }
    const inner = distinct(yield* below(source, source.top, 0))
    return { source, blobs: blobsOf([...inner, source.top]), inner, top: source.top }
  })
