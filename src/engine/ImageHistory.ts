import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Digest } from "../core/oci/Digest.js"
import { ImageStore } from "../edge/store/ImageStore.js"

/** One step that made an image, and the image it made where that is in the store. */
export interface HistoryEntry {
  readonly id: Digest | undefined
  readonly names: ReadonlyArray<string>
  /** RFC 3339. */
  readonly created: string | undefined
  readonly createdBy: string
  readonly comment: string
  readonly size_bytes: number
}

/** How an image came to be, newest step first. A locally built image's steps are images themselves; a pulled one's are missing. */
export const imageHistory = (text: string) =>
  Effect.gen(function* () {
    const store = yield* ImageStore
    const image = yield* store.resolve(text)
    const { config } = yield* store.config(image.record.id)
    const layers = [...image.record.layers]
    const steps = (config.history ?? []).map((step) => ({
      created: step.created ?? undefined,
      createdBy: step.created_by ?? "",
      comment: step.comment ?? "",
      size_bytes: step.empty_layer === true ? 0 : (layers.shift()?.sizeBytes ?? 0)
    }))
    const entries: Array<HistoryEntry> = []
    const below = (of: typeof image) =>
      of.record.parent === undefined ? Effect.succeedNone : store.get(of.record.parent)
    let made: typeof image | undefined = image
    for (const [index, step] of steps.reverse().entries()) {
      entries.push({ ...step, id: made?.record.id, names: made?.names ?? [] })
      made = made && Option.getOrUndefined(yield* below(made))
      // An image whose times were clamped has as many steps as the one that it was made of, which is no step of its own.
      while (made !== undefined) {
        const count = (yield* store.config(made.record.id)).config.history?.length ?? 0
        if (count < steps.length - index) break
        made = Option.getOrUndefined(yield* below(made))
      }
    }
    return entries
  })
