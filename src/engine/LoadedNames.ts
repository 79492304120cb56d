import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Digest } from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore, type NewImage } from "../edge/store/ImageStore.js"

/** An image that was loaded. `names` are familiar; `replaced` had one of them before. */
export interface Loaded {
  readonly id: Digest
  readonly names: ReadonlyArray<string>
  readonly replaced: ReadonlyArray<{ readonly name: string; readonly id: Digest }>
}

/** The canonical names that texts of an archive mean; those that are no names with a tag are left out. */
export const canonical = (texts: Iterable<string>): ReadonlyArray<string> =>
  [...texts].flatMap((text) => {
    const reference = Either.getOrUndefined(Reference.parse(text))
    return reference === undefined || reference.digest !== undefined
      ? []
      : [Reference.print(Reference.withDefaultTag(reference))]
  })

const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

/** Stores an image under its names, and tells who had them. */
export const put = (image: NewImage) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const names = image.names ?? []
    const before = yield* Effect.forEach(names, (name) => images.byName(name))
    const { record } = yield* images.put(image)
    yield* tell(ImageEvents.of("load", record.id, record.id))
    const replaced = names.flatMap((name, index): Loaded["replaced"] => {
      const old = before[index] ?? Option.none()
      const id: Digest | undefined = Option.isSome(old) ? old.value.record.id : undefined
      return id === undefined || id === record.id ? [] : [{ name: familiar(name), id }]
    })
    const loaded: Loaded = { id: record.id, names: names.map(familiar), replaced }
    return loaded
  })
