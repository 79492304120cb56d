import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ImageFilter from "../core/store/ImageFilter.js"
import { ImageStore, type StoredImage } from "../edge/store/ImageStore.js"

/**
 * Which images to list: `all` also shows the steps between, untagged images that others were built on, and of an index the
 * images for other platforms than this machine's.
 */
export interface ListImages {
  readonly all: boolean
  readonly filter: ImageFilter.ImageFilter
}

const isDangling = ({ names, record }: StoredImage) => names.length === 0 && record.repoDigests.length === 0

const createdTime = (image: StoredImage) => Date.parse(image.record.created ?? "") || 0

/** Whether a name of its own means the image, or an index by which it is the one that a name means here. */
const isChosen = (store: ImageStore["Type"], { names, indexes, record }: StoredImage) =>
  Effect.gen(function* () {
    const shared = new Set(indexes.flatMap((index) => index.names))
    if (shared.size === 0 || names.some((name) => !shared.has(name))) return true
    for (const name of shared)
      if (Option.exists(yield* store.byName(name), (image) => image.record.id === record.id)) return true
    return false
  })

/** Images, newest first, with those of their names that the filter lets through. */
export const listImages = ({ all, filter }: ListImages) =>
  Effect.gen(function* () {
    const store = yield* ImageStore
    const images = yield* store.list
    const parents = new Set(images.map(({ record }) => record.parent))
    const before = yield* Effect.forEach(filter.before, (text) =>
      Effect.map(store.resolve(text), createdTime)
    )
    const since = yield* Effect.forEach(filter.since, (text) => Effect.map(store.resolve(text), createdTime))
    const shown = yield* Effect.forEach(images, (image) =>
      all ? Effect.succeed(true) : isChosen(store, image)
    )
    return images.flatMap((image, at): ReadonlyArray<StoredImage> => {
      if (shown[at] === false) return []
      const dangling = isDangling(image)
      if (dangling && !all && parents.has(image.record.id)) return []
      if (filter.dangling !== undefined && filter.dangling !== dangling) return []
      if (!ImageFilter.fitsLabels(filter, image.record)) return []
      const time = createdTime(image)
      if (before.some((limit) => time >= limit) || since.some((limit) => time <= limit)) return []
      if (filter.references.length === 0) return [image]
      const names = ImageFilter.matchingNames(filter, image.names)
      const repoDigests = ImageFilter.matchingNames(filter, image.record.repoDigests)
      if (names.length === 0 && repoDigests.length === 0) return []
      return [{ ...image, names, record: { ...image.record, repoDigests } }]
    })
  })
