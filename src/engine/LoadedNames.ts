import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { Digest } from "../core/oci/Digest.js"
import * as Reference from "../core/oci/Reference.js"
import * as ImageEvents from "../core/store/ImageEvents.js"
import { tell } from "../edge/store/Events.js"
import { ImageStore } from "../edge/store/ImageStore.js"

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

/** A name as people call it. */
export const familiar = (name: string): string =>
  Either.match(Reference.parse(name), { onLeft: () => name, onRight: Reference.familiar })

/** Does what stores an image (or an index) under its names, and tells who had them. */
export const replacing = <E, R>(names: ReadonlyArray<string>, store: Effect.Effect<Digest, E, R>) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const before = yield* Effect.forEach(names, (name) => images.byName(name))
    const id = yield* store
    const loadedImage = Option.getOrUndefined(yield* images.get(id))
    yield* tell(ImageEvents.of("load", loadedImage?.record ?? { id, labels: {} }))
    const after = yield* Effect.forEach(names, (name) => images.byName(name))
    const replaced = names.flatMap((name, index): Loaded["replaced"] => {
      const [old, now] = [before, after].map((all) =>
        Option.getOrUndefined(Option.map(all[index] ?? Option.none(), ({ record }) => record.id))
      )
      return old === undefined || old === now ? [] : [{ name: familiar(name), id: old }]
    })
    const loaded: Loaded = { id, names: names.map(familiar), replaced }
    return loaded
  })
