import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Reference from "../core/oci/Reference.js"
import { PullEvent } from "../core/registry/PullEvent.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { StoreLock } from "../edge/store/StoreLock.js"
import * as Gathered from "./copy/Gathered.js"
import * as KeepImages from "./copy/KeepImages.js"
import * as Sources from "./copy/Sources.js"
import type { Listener } from "./FetchLayers.js"

/** The digest of what a name names in the store: an index's, where it is of one. */
const digestOf = (name: string) =>
  Effect.map(
    Effect.flatMap(ImageStore, (images) => images.byName(name)),
    Option.map(
      ({ indexes, record }) =>
        indexes.find(({ names }) => names.includes(name))?.record.index.digest ?? record.manifest.digest
    )
  )

/**
 * Brings an index with the images of all its platforms from its registry into the store, under its name; what names one image
 * only is pulled as such. Several pulls of the same name wait for each other.
 */
export const pull = (reference: Reference.Reference, emit: Listener) =>
  Effect.gen(function* () {
    const lock = yield* StoreLock
    const name = Reference.print(reference)
    yield* lock.named(`pull:${name}`)
    const source = yield* Sources.registry(reference)
    yield* emit(PullEvent.Began({ reference }))
    const gathered = yield* Gathered.gather(source, { _tag: "All" })
    const names = reference.tag === undefined || reference.digest !== undefined ? [] : [name]
    const before = yield* digestOf(name)
    const id = yield* KeepImages.keep(gathered, names, emit)
    const { digest } = gathered.top
    yield* tell(ImageEvents.of("pull", { id, labels: {} }, Reference.familiar(reference)))
    yield* emit(PullEvent.Resolved({ digest }))
    const isNew = !Option.contains(before, digest)
    yield* emit(PullEvent.Done({ reference, isNew }))
    return { reference, digest, isNew }
  }).pipe(Effect.scoped)
