import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Platform from "../core/oci/Platform.js"
import * as Reference from "../core/oci/Reference.js"
import type { CopyEvent } from "../core/registry/CopyEvent.js"
import { PushEvent } from "../core/registry/PushEvent.js"
import * as ImageResolution from "../edge/store/ImageResolution.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import * as Gathered from "./copy/Gathered.js"
import type { CopyError } from "./copy/ImageSource.js"
import * as Sources from "./copy/Sources.js"
import * as Targets from "./copy/Targets.js"
import * as Push from "./Push.js"
import * as RemoteImage from "./RemoteImage.js"

const told = (event: CopyEvent): PushEvent | undefined => {
  switch (event._tag) {
    case "BlobCopying": {
      const { blob, current_bytes, total_bytes } = event
      return PushEvent.LayerPushing({ layer: blob, current_bytes, total_bytes })
    }
    case "BlobPresent":
      return PushEvent.LayerPresent({ layer: event.blob })
    case "BlobMounted":
      return PushEvent.LayerMounted({ layer: event.blob, from: event.from })
    case "BlobCopied":
      return PushEvent.LayerPushed({ layer: event.blob })
    case "ManifestCopied":
      return undefined
  }
}

/** Brings an index with all of its images and attestations to its registry, every digest as it is. */
const pushIndex = (reference: Reference.Reference, emit: Push.Listener) =>
  Effect.gen(function* () {
    const source = yield* Sources.store(Reference.print(reference))
    const gathered = yield* Gathered.gather(source, { _tag: "All" })
    const digest = yield* Targets.registry(gathered, reference, true, (event) => {
      const shown = told(event)
      return shown === undefined ? Effect.void : emit(shown)
    })
    yield* emit(PushEvent.Done({ reference, digest, size_bytes: gathered.top.bytes.length }))
    return { reference, digest }
  }).pipe(Effect.scoped)

const isIndex = (reference: Reference.Reference) =>
  Effect.gen(function* () {
    const name = Reference.print(reference)
    const image = yield* (yield* ImageStore).byName(name)
    return Option.exists(image, (one) => ImageResolution.indexMeant(one, name) !== undefined)
  })

/** The image that a tag names for a platform; Docker's words where there is none. */
const forPlatform = (reference: Reference.Reference, platform: Platform.Platform) =>
  Effect.gen(function* () {
    const found = yield* (yield* ImageStore).byName(Reference.print(reference), platform)
    if (Option.isSome(found))
      yield* RemoteImage.checkStored(Reference.familiar(reference), found.value, platform)
    return found
  })

/** Brings the image that a tag of the store names for one platform to its registry, without the index that it may be of. */
export const pushPlatform = (
  reference: Reference.Reference,
  platform: Platform.Platform,
  emit: Push.Listener
): Effect.Effect<Push.Pushed, Push.PushError | CopyError, Push.PushNeeds> =>
  Effect.gen(function* () {
    const tagged = Reference.withDefaultTag(reference)
    const image = yield* forPlatform(tagged, platform)
    if (Option.isNone(image)) return yield* Push.push(reference, emit)
    yield* emit(PushEvent.Began({ reference: tagged }))
    return yield* Push.pushOne(tagged, image.value, emit)
  })

/** Brings what a tag of the store names to its registry: an image (see Push), or an index of several. */
export const push = (
  reference: Reference.Reference,
  emit: Push.Listener
): Effect.Effect<Push.Pushed, Push.PushError | CopyError, Push.PushNeeds> =>
  Effect.gen(function* () {
    const tagged = Reference.withDefaultTag(reference)
    if (reference.digest !== undefined || !(yield* isIndex(tagged))) return yield* Push.push(reference, emit)
    yield* emit(PushEvent.Began({ reference: tagged }))
    return yield* pushIndex(tagged, emit)
  })

/** Pushes every tag that the store has of a repository. */
export const pushAll = (
  reference: Reference.Reference,
  emit: Push.Listener
): Effect.Effect<ReadonlyArray<Push.Pushed>, Push.PushError | CopyError, Push.PushNeeds> =>
  Effect.gen(function* () {
    const all = Push.taggedIn(yield* (yield* ImageStore).list, reference)
    if (all.length === 0)
      return yield* new Push.NothingToPush({
        message: `An image does not exist locally with the tag: ${Reference.familiarRepository(reference)}`
      })
    yield* emit(PushEvent.Began({ reference }))
    const tags = new Map(all.map((one) => [Reference.print(one.reference), one]))
    return yield* Effect.forEach(tags.values(), (tag) =>
      Effect.flatMap(
        isIndex(tag.reference),
        (several): Effect.Effect<Push.Pushed, Push.PushError | CopyError, Push.PushNeeds> =>
          several ? pushIndex(tag.reference, emit) : Push.pushOne(tag.reference, tag.image, emit)
      )
    )
  })
