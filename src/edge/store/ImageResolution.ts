import * as Either from "effect/Either"
import * as Digests from "../../core/oci/Digest.js"
import * as Reference from "../../core/oci/Reference.js"
import type { StoredImage } from "./ImageStore.js"
import { missing, StoreError } from "./StoreError.js"

const wholeId = /^(?:sha256:)?[0-9a-f]{64}$/
const idPrefix = /^(?:sha256:)?([0-9a-f]{1,64})$/

const byReference = (
  images: ReadonlyArray<StoredImage>,
  reference: Reference.Reference
): StoredImage | undefined => {
  if (reference.digest === undefined) {
    const name = Reference.print(Reference.withDefaultTag(reference))
    return images.find(({ names }) => names.includes(name))
  }
  const pinned = Reference.print(Reference.withDigest(reference, reference.digest))
  return images.find(({ record }) => record.repoDigests.includes(pinned))
}

/**
 * The image that a text means: a whole id; else a reference in any form; else the prefix of one id. Fails as `Missing`
 * or `Ambiguous` in Docker's words.
 */
export const resolve = (
  images: ReadonlyArray<StoredImage>,
  text: string
): Either.Either<StoredImage, StoreError> => {
  const prefix = idPrefix.exec(text)?.[1]
  const withPrefix = (wanted: string) =>
    images.filter(({ record }) => Digests.hex(record.id).startsWith(wanted))
  if (prefix !== undefined && wholeId.test(text)) {
    const [found] = withPrefix(prefix)
    return found === undefined ? Either.left(missing(text, `No such image: ${text}`)) : Either.right(found)
  }
  const reference = Either.getOrUndefined(Reference.parse(text))
  const named = reference && byReference(images, reference)
  if (named !== undefined) return Either.right(named)
  const [found, ...others] = prefix === undefined ? [] : withPrefix(prefix)
  if (others.length > 0)
    return Either.left(
      new StoreError({
        reason: "Ambiguous",
        subject: text,
        message: `the id prefix ${text} fits ${others.length + 1} images: give more digits`
      })
    )
  if (found !== undefined) return Either.right(found)
  const asked = reference === undefined ? text : Reference.familiar(Reference.withDefaultTag(reference))
  return Either.left(missing(text, `No such image: ${asked}`))
}

/** The canonical name by which a text means an image; undefined where it means it by id or digest. */
export const nameOf = (image: StoredImage, text: string): string | undefined => {
  const reference = Either.getOrUndefined(Reference.parse(text))
  if (reference === undefined || reference.digest !== undefined) return undefined
  const name = Reference.print(Reference.withDefaultTag(reference))
  return image.names.includes(name) ? name : undefined
}
