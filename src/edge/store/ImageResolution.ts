import * as Either from "effect/Either"
import * as Digests from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import * as PlatformMatch from "../../core/oci/PlatformMatch.js"
import * as Reference from "../../core/oci/Reference.js"
import type { StoredImage, StoredIndex } from "./ImageStore.js"
import { missing, StoreError } from "./StoreError.js"

const wholeId = /^(?:sha256:)?[0-9a-f]{64}$/
const idPrefix = /^(?:sha256:)?([0-9a-f]{1,64})$/

const platformOf = ({ record }: StoredImage): Platform => ({
  architecture: record.architecture,
  os: record.os,
  ...(record.variant === undefined ? {} : { variant: record.variant })
})

/** The image of an index for a platform; its first where none is for it. */
const ofIndex = (
  images: ReadonlyArray<StoredImage>,
  { record }: StoredIndex,
  platform: Platform
): StoredImage | undefined => {
  const own = record.images.flatMap(({ id }) => images.find((image) => image.record.id === id) ?? [])
  const ranked = own.flatMap((image) => {
    const rank = PlatformMatch.rank(platform, platformOf(image))
    return rank === undefined ? [] : [{ image, rank }]
  })
  return ranked.sort((a, b) => a.rank - b.rank)[0]?.image ?? own[0]
}

/** The image that a canonical name names; of an index the one for the platform. */
export const byName = (
  images: ReadonlyArray<StoredImage>,
  name: string,
  platform: Platform
): StoredImage | undefined => {
  const found = images.find(({ names }) => names.includes(name))
  const index = found?.indexes.find(({ names }) => names.includes(name))
  return index === undefined ? found : ofIndex(images, index, platform)
}

const byReference = (
  images: ReadonlyArray<StoredImage>,
  reference: Reference.Reference,
  platform: Platform
): StoredImage | undefined => {
  if (reference.digest === undefined)
    return byName(images, Reference.print(Reference.withDefaultTag(reference)), platform)
  const pinned = Reference.print(Reference.withDigest(reference, reference.digest))
  return images.find(({ record }) => record.repoDigests.includes(pinned))
}

/**
 * The image that a text means: a whole id; else a reference in any form; else the prefix of one id. Fails as `Missing`
 * or `Ambiguous` in Docker's words.
 */
export const resolve = (
  images: ReadonlyArray<StoredImage>,
  text: string,
  platform: Platform
): Either.Either<StoredImage, StoreError> => {
  const prefix = idPrefix.exec(text)?.[1]
  const withPrefix = (wanted: string) => {
    const indexes = new Map(
      images.flatMap((image) => image.indexes.map((index) => [index.record.index.digest, index] as const))
    )
    return [
      ...images.filter(({ record }) => Digests.hex(record.id).startsWith(wanted)),
      ...[...indexes]
        .filter(([digest]) => Digests.hex(digest).startsWith(wanted))
        .flatMap(([, index]) => ofIndex(images, index, platform) ?? [])
    ]
  }
  if (prefix !== undefined && wholeId.test(text)) {
    const [found] = withPrefix(prefix)
    return found === undefined ? Either.left(missing(text, `No such image: ${text}`)) : Either.right(found)
  }
  const reference = Either.getOrUndefined(Reference.parse(text))
  const named = reference && byReference(images, reference, platform)
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

/** The index by which a text, a name or a digest, means the image; undefined where it means the image itself. */
export const indexMeant = (image: StoredImage, text: string): StoredIndex | undefined => {
  const name = nameOf(image, text)
  if (name !== undefined) return image.indexes.find(({ names }) => names.includes(name))
  const prefix = idPrefix.exec(text)?.[1]
  if (prefix === undefined || Digests.hex(image.record.id).startsWith(prefix)) return undefined
  return image.indexes.find(({ record }) => Digests.hex(record.index.digest).startsWith(prefix))
}

/** The canonical name by which a text means an image; undefined where it means it by id or digest. */
export const nameOf = (image: StoredImage, text: string): string | undefined => {
  const reference = Either.getOrUndefined(Reference.parse(text))
  if (reference === undefined || reference.digest !== undefined) return undefined
  const name = Reference.print(Reference.withDefaultTag(reference))
  return image.names.includes(name) ? name : undefined
}
