import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChainId from "../core/layer/ChainId.js"
import type { LayerMention } from "../core/layer/LayerMention.js"
import type { Digest } from "../core/oci/Digest.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"

/** What one layer of an image says of a path, and the history entry of the step that made the layer. */
export interface BlamedLayer {
  /** From 1, base first. */
  readonly number: number
  readonly diffId: Digest
  readonly mention: LayerMention
  /** Undefined where the image's history does not fit its layers. */
  readonly createdBy: string | undefined
  /** RFC 3339. */
  readonly created: string | undefined
}

/** The layers that say something of a path, the topmost first: the first one decides what is shown. */
export const blame = (text: string, path: string) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const layers = yield* LayerStore
    const { record } = yield* images.resolve(text)
    const { config } = yield* images.config(record.id)
    const diffIds = config.rootfs.diff_ids ?? []
    const chains = ChainId.all(diffIds)
    const makers = (config.history ?? []).filter((entry) => entry.empty_layer !== true)
    const fits = makers.length === diffIds.length
    const found: Array<BlamedLayer> = []
    for (const [index, diffId] of [...diffIds.entries()].reverse()) {
      const chain = chains[index]
      const mention = chain === undefined ? Option.none() : yield* layers.mention(chain, path)
      if (Option.isNone(mention)) continue
      const maker = fits ? makers[index] : undefined
      found.push({
        number: index + 1,
        diffId,
        mention: mention.value,
        createdBy: maker?.created_by ?? undefined,
        created: maker?.created ?? undefined
      })
    }
    return { layers: found, layerCount: diffIds.length }
  })
