import * as Effect from "effect/Effect"
import * as Reference from "../../core/oci/Reference.js"
import { CopyEvent } from "../../core/registry/CopyEvent.js"
import { PullEvent } from "../../core/registry/PullEvent.js"
import { invalid } from "../EngineError.js"
import type { Gathered } from "./Gathered.js"
import { keep } from "./KeepImages.js"
import type { Listener } from "./Targets.js"

const nothing = (): undefined => undefined

const copied = PullEvent.$match({
  Began: nothing,
  LayerQueued: nothing,
  LayerPresent: ({ layer }) => CopyEvent.BlobPresent({ blob: layer }),
  LayerWaiting: nothing,
  LayerDownloading: ({ layer, current_bytes, total_bytes }) =>
    CopyEvent.BlobCopying({ blob: layer, current_bytes, total_bytes }),
  LayerVerifying: nothing,
  LayerDownloaded: nothing,
  LayerExtracting: nothing,
  LayerDone: ({ layer }) => CopyEvent.BlobCopied({ blob: layer }),
  Resolved: nothing,
  Done: nothing
})

/** Keeps what was gathered (see KeepImages), and tells of it as a copy does. */
const kept = (gathered: Gathered, names: ReadonlyArray<string>, emit: Listener) =>
  Effect.gen(function* () {
    const id = yield* keep(gathered, names, (event) => {
      const told = copied(event)
      return told === undefined ? Effect.void : emit(told)
    })
    for (const { digest } of [...gathered.inner, gathered.top])
      yield* emit(CopyEvent.ManifestCopied({ manifest: digest }))
    return id
  })

/** Into the store, under a name. Gives the digest of the manifest or index. */
export const store = (gathered: Gathered, name: string, emit: Listener) =>
  Effect.gen(function* () {
    const reference = yield* Effect.mapError(Reference.parse(name), ({ message }) => invalid(message))
    if (reference.digest !== undefined) return yield* invalid("cannot copy to a digest reference")
    yield* kept(gathered, [Reference.print(Reference.withDefaultTag(reference))], emit)
    return gathered.top.digest
  })

/** Into the store, without a name. Gives the image's id. */
export const unnamed = (gathered: Gathered, emit: Listener) => kept(gathered, [], emit)
