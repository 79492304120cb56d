import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Reference from "../core/oci/Reference.js"
import * as ImageResolution from "../edge/store/ImageResolution.js"
import { ImageStore } from "../edge/store/ImageStore.js"

/** A target that no image can be given as a name. `message` is Docker's. */
export class InvalidTag extends Data.TaggedError("InvalidTag")<{ readonly message: string }> {}

/** Gives the image that `source` means one more name; `latest` where the target has no tag. */
export const tagImage = (source: string, target: string) =>
  Effect.gen(function* () {
    const reference = yield* Effect.mapError(
      Reference.parse(target),
      ({ message }) =>
        new InvalidTag({
          message: `Error parsing reference: "${target}" is not a valid repository/tag: ${message}`
        })
    )
    if (reference.digest !== undefined) {
      return yield* new InvalidTag({ message: "refusing to create a tag with a digest reference" })
    }
    const store = yield* ImageStore
    const image = yield* store.resolve(source)
    const index = ImageResolution.indexMeant(image, source)
    yield* store.tag(
      index?.record.index.digest ?? image.record.id,
      Reference.print(Reference.withDefaultTag(reference))
    )
  })
