import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import type { Platform } from "../core/oci/Platform.js"
import * as ReceivedConfig from "../core/oci/ReceivedConfig.js"
import * as ReceivedManifest from "../core/oci/ReceivedManifest.js"
import * as Reference from "../core/oci/Reference.js"
import * as ManifestList from "../core/registry/ManifestList.js"
import { ManifestLists } from "../edge/registry/ManifestLists.js"
import { RegistryClient } from "../edge/registry/RegistryClient.js"
import { type EngineError, invalid } from "./EngineError.js"
import { mountable } from "./SendCompressed.js"

/** A reference as a list is named and its images are: in full, with a tag or a digest. */
export const named = (text: string): Either.Either<Reference.Reference, EngineError> =>
  Either.mapBoth(Reference.parse(text), {
    onLeft: ({ message }) => invalid(message),
    onRight: Reference.withDefaultTag
  })

const noSuchList = (name: string) => invalid(`No such manifest: ${name}`)

const existing = (name: string) =>
  Effect.flatMap(ManifestLists, (lists) =>
    Effect.flatMap(lists.get(name), Option.match({ onNone: () => noSuchList(name), onSome: Effect.succeed }))
  )

type Image = Extract<ReceivedManifest.ReceivedManifest, { readonly _tag: "Image" }>

/** The platform that an image's config says. */
const platformOf = (reference: Reference.Reference, { manifest }: Image) =>
  Effect.gen(function* () {
    const bytes = yield* (yield* RegistryClient).smallBlob(reference, manifest.config)
    const { config } = yield* Either.mapLeft(ReceivedConfig.decode(bytes), ({ message }) => invalid(message))
    const platform: Platform = {
      architecture: config.architecture,
      os: config.os,
      ...(config.variant && { variant: config.variant }),
      ...(config["os.version"] && { "os.version": config["os.version"] }),
      ...(config["os.features"] && { "os.features": config["os.features"] })
    }
    return platform
  })

/** What a reference names at its registry; Docker's words where there is nothing. */
const found = (reference: Reference.Reference) =>
  Effect.flatMap(RegistryClient, (client) =>
    Effect.mapError(client.manifest(reference, Reference.target(reference)), (error) =>
      error.reason === "NotFound" ? invalid(`no such manifest: ${Reference.familiar(reference)}`) : error
    )
  )

const listedImage = (reference: Reference.Reference) =>
  Effect.gen(function* () {
    const received = yield* found(reference)
    if (received._tag === "Index")
      return yield* invalid(`${Reference.familiar(reference)} is a manifest list`)
    return ManifestList.listed(Reference.print(reference), received, yield* platformOf(reference, received))
  })

/**
 * Makes a manifest list of images that are at registries, or adds them to one (`isAmending`). All of them are found first: a list
 * is changed as a whole or not at all. Gives its full name.
 */
export const create = (listName: string, images: ReadonlyArray<string>, isAmending: boolean) =>
  Effect.gen(function* () {
    const lists = yield* ManifestLists
    const name = Reference.print(
      yield* Either.mapLeft(named(listName), ({ message }) =>
        invalid(`error parsing name for manifest list ${listName}: ${message}`)
      )
    )
    const before = yield* lists.get(name)
    if (Option.isSome(before) && !isAmending) {
      return yield* invalid("refusing to amend an existing manifest list with no --amend flag")
    }
    const added = yield* Effect.forEach(images, (text) => Effect.flatMap(named(text), listedImage))
    yield* lists.put(
      added.reduce(
        ManifestList.add,
        Option.getOrElse(before, () => ({ name, images: [] }))
      )
    )
    return name
  })

/** Says for which platform an image of a list is. */
export const annotate = (listName: string, image: string, annotation: ManifestList.Annotation) =>
  Effect.gen(function* () {
    const lists = yield* ManifestLists
    const name = Reference.print(yield* named(listName))
    const ref = Reference.print(yield* named(image))
    const list = Option.getOrElse(yield* lists.get(name), () => ({ name, images: [] }))
    yield* lists.put(yield* ManifestList.annotate(list, ref, annotation))
  })

/** Forgets a list. */
export const remove = (listName: string) =>
  Effect.gen(function* () {
    const name = Reference.print(yield* named(listName))
    if (!(yield* (yield* ManifestLists).remove(name))) return yield* noSuchList(name)
  })

const decodedImage = ({ Descriptor, Raw, Ref }: ManifestList.ListedImage) =>
  Effect.gen(function* () {
    const bytes = yield* Either.mapLeft(Encoding.decodeBase64(Raw), () =>
      invalid(`${Ref}: its manifest is damaged`)
    )
    const received = yield* Either.mapLeft(
      ReceivedManifest.decode(bytes, Descriptor.mediaType),
      ({ message }) => invalid(`${Ref}: ${message}`)
    )
    return received._tag === "Image" ? received : yield* invalid(`${Ref} is a manifest list`)
  })

/** Makes a repository have an image that another one of the same registry has: its blobs are mounted, not sent. */
const bring = (image: Image, from: Reference.Reference, to: Reference.Reference) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const mountFrom = mountable(to, [Reference.repository(from)])
    for (const blob of [image.manifest.config, ...image.manifest.layers]) {
      const open = (offset: number) => client.blob(from, blob, offset)
      yield* client.pushBlob(to, { ...blob, open }, mountFrom, () => Effect.void)
    }
    return yield* client.pushManifest(to, image.digest, image)
  })

/** What a push of a list did: an image that came from another repository, or the list itself. */
export type Pushed =
  | { readonly _tag: "Image"; readonly reference: string; readonly digest: string }
  | { readonly _tag: "List"; readonly digest: string }

/** Pushes a list to its repository, with the images that it does not have yet, and forgets it (`isPurging`). */
export const push = (listName: string, isPurging: boolean, emit: (pushed: Pushed) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const target = yield* named(listName)
    const list = yield* existing(Reference.print(target))
    const index = yield* ManifestList.encode(list)
    const images = yield* Effect.forEach(ManifestList.images(list), (image) =>
      Effect.all({ from: named(image.Ref), image: decodedImage(image) })
    )
    for (const { from } of images) {
      if (from.domain !== target.domain) {
        return yield* invalid(
          `cannot use source images from a different registry than the target image: ${from.domain} != ${target.domain}`
        )
      }
    }
    for (const { from, image } of images) {
      if (from.path === target.path) continue
      const digest = yield* bring(image, from, target)
      yield* emit({
        _tag: "Image",
        reference: Reference.print(Reference.withDigest(target, image.digest)),
        digest
      })
    }
    yield* emit({ _tag: "List", digest: yield* client.pushManifest(target, Reference.target(target), index) })
    if (isPurging) yield* (yield* ManifestLists).remove(list.name)
  })

/** What `manifest inspect` shows: one image, or a list with its document and, where they are wanted, its images. */
export type Inspected =
  | { readonly _tag: "Image"; readonly image: ManifestList.ListedImage }
  | {
      readonly _tag: "List"
      /** The list's document. */
      readonly text: string
      readonly images: ReadonlyArray<ManifestList.ListedImage>
    }

const remoteImages = (reference: Reference.Reference, received: ReceivedManifest.ReceivedManifest) =>
  received._tag === "Image"
    ? Effect.succeed([])
    : Effect.forEach(received.index.manifests, (entry) =>
        Effect.gen(function* () {
          const child = yield* (yield* RegistryClient).manifest(reference, entry.digest)
          if (child._tag === "Index") return []
          const ref = Reference.print({ ...reference, digest: child.digest })
          return [ManifestList.listed(ref, child, entry.platform ?? (yield* platformOf(reference, child)))]
        })
      )

/**
 * What a name stands for: a list that is being put together here, else what its registry has. `listName`: the image as this list
 * has it. `isWhole`: with the images of a list.
 */
export const inspect = (text: string, listName: string | undefined, isWhole: boolean) =>
  Effect.gen(function* () {
    const lists = yield* ManifestLists
    const reference = yield* named(text)
    const name = Reference.print(reference)
    if (listName !== undefined) {
      const list = yield* existing(Reference.print(yield* named(listName)))
      const image = list.images.find(({ Ref }) => Ref === name)
      if (image === undefined) return yield* invalid(`No such manifest: ${name}`)
      return { _tag: "Image", image } satisfies Inspected
    }
    const local = yield* lists.get(name)
    if (Option.isSome(local)) {
      const { bytes } = yield* ManifestList.encode(local.value)
      const images = ManifestList.images(local.value)
      return { _tag: "List", text: new TextDecoder().decode(bytes), images } satisfies Inspected
    }
    const received = yield* found(reference)
    if (received._tag === "Index") {
      const images = isWhole ? (yield* remoteImages(reference, received)).flat() : []
      return { _tag: "List", text: new TextDecoder().decode(received.bytes), images } satisfies Inspected
    }
    const platform = isWhole ? yield* platformOf(reference, received) : { architecture: "", os: "" }
    return { _tag: "Image", image: ManifestList.listed(name, received, platform) } satisfies Inspected
  })
