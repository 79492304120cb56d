import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ChainId from "../core/layer/ChainId.js"
import type { Descriptor } from "../core/oci/Descriptor.js"
import type { Digest } from "../core/oci/Digest.js"
import type { Manifest } from "../core/oci/Manifest.js"
import * as MediaType from "../core/oci/MediaType.js"
import * as Platform from "../core/oci/Platform.js"
import * as PlatformMatch from "../core/oci/PlatformMatch.js"
import * as ReceivedConfig from "../core/oci/ReceivedConfig.js"
import type * as ReceivedManifest from "../core/oci/ReceivedManifest.js"
import * as Reference from "../core/oci/Reference.js"
import { RegistryClient } from "../edge/registry/RegistryClient.js"
import type { RegistryError } from "../edge/registry/RegistryError.js"
import type { StoredImage } from "../edge/store/ImageStore.js"

/** The platform that is wanted: by the user (then an image must have it), or because the host has it. */
export interface WantedPlatform {
  readonly platform: Platform.Platform
  readonly isAsked: boolean
}

/** One layer of a remote image: its blob, the diff id that it must unpack to, and its place in the chain. */
export interface RemoteLayer {
  readonly blob: Descriptor
  readonly diffId: Digest
  readonly parent: ChainId.ChainId | undefined
  readonly chainId: ChainId.ChainId
}

/** An image at a registry, understood but for its layers' bytes. */
export interface RemoteImage {
  readonly reference: Reference.Reference
  /** The digest of what the reference points to: an index's where the image was chosen from one. */
  readonly target: Digest
  readonly received: { readonly bytes: Uint8Array; readonly digest: Digest; readonly mediaType: string }
  readonly manifest: Manifest
  readonly config: ReceivedConfig.ReceivedConfig
  readonly layers: ReadonlyArray<RemoteLayer>
}

/** What a registry has is no image that can be used here. */
export class UnusableImage extends Data.TaggedError("UnusableImage")<{
  readonly reason: "Platform" | "Config" | "LayerType" | "NotAnImage" | "NestedTooDeep"
  readonly message: string
}> {}

/** Indexes in indexes, up to here. */
const depthMax = 3

const chooseImage = (
  reference: Reference.Reference,
  received: ReceivedManifest.ReceivedManifest,
  wanted: WantedPlatform,
  depth: number
): Effect.Effect<
  Extract<ReceivedManifest.ReceivedManifest, { readonly _tag: "Image" }>,
  RegistryError | UnusableImage,
  RegistryClient
> =>
  Effect.gen(function* () {
    if (received._tag === "Image") return received
    const name = Reference.familiar(reference)
    if (depth > depthMax) {
      const message = `${name}: indexes within indexes, more than ${depthMax} deep`
      return yield* new UnusableImage({ reason: "NestedTooDeep", message })
    }
    const chosen = yield* Either.mapLeft(
      PlatformMatch.choose(received.index, wanted.platform),
      ({ message }) => new UnusableImage({ reason: "Platform", message: `${name}: ${message}` })
    )
    const client = yield* RegistryClient
    return yield* chooseImage(reference, yield* client.manifest(reference, chosen.digest), wanted, depth + 1)
  })

/** Fails where a platform was asked for that the image does not have. `name` is how messages call the image. */
export const checkPlatform = (
  name: string,
  config: ReceivedConfig.ReceivedConfig,
  { isAsked, platform }: WantedPlatform
): Either.Either<void, UnusableImage> => {
  const { architecture, os, variant } = config.config
  const own: Platform.Platform = { architecture, os, ...(variant ? { variant } : {}) }
  if (!isAsked || PlatformMatch.matches(platform, own)) return Either.right(undefined)
  const message =
    `image with reference ${name} was found but its platform (${Platform.print(own)}) ` +
    `does not match the specified platform (${Platform.print(platform)})`
  return Either.left(new UnusableImage({ reason: "Platform", message }))
}

/** Fails where an image of the store is not for a platform. `name` is how messages call it. */
export const checkStored = (
  name: string,
  { record }: StoredImage,
  platform: Platform.Platform
): Either.Either<void, UnusableImage> => {
  const { architecture, os, variant } = record
  const own: Platform.Platform = { architecture, os, ...(variant === undefined ? {} : { variant }) }
  if (PlatformMatch.matches(platform, own)) return Either.right(undefined)
  const message = `image with reference ${name} was found but does not provide the specified platform (${Platform.print(platform)})`
  return Either.left(new UnusableImage({ reason: "Platform", message }))
}

/** The layers of an image with their places in the chain, base first; fails for what is no layer that can be unpacked. */
export const layersOf = (
  manifest: Manifest,
  config: ReceivedConfig.ReceivedConfig
): Either.Either<ReadonlyArray<RemoteLayer>, UnusableImage> => {
  const odd = manifest.layers.find(({ mediaType }) => MediaType.layerCompression(mediaType) === undefined)
  if (odd !== undefined) {
    const message = `layer ${odd.digest} has the media type ${odd.mediaType}, which is no layer that is fetched`
    return Either.left(new UnusableImage({ reason: "LayerType", message }))
  }
  return Either.mapBoth(ReceivedConfig.diffIds(manifest, config), {
    onLeft: ({ message }) => new UnusableImage({ reason: "Config", message }),
    onRight: (diffIds) => {
      const chain = ChainId.all(diffIds)
      return manifest.layers.flatMap((blob, i) => {
        const diffId = diffIds[i]
        const chainId = chain[i]
        return diffId === undefined || chainId === undefined
          ? []
          : [{ blob, diffId, chainId, parent: i === 0 ? undefined : chain[i - 1] }]
      })
    }
  })
}

/** Finds the image that a reference and a platform mean, and reads its manifest and config. No layer is fetched. */
export const resolve = (
  reference: Reference.Reference,
  wanted: WantedPlatform
): Effect.Effect<RemoteImage, RegistryError | UnusableImage, RegistryClient> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const top = yield* client.manifest(reference, Reference.target(reference))
    return yield* understand(reference, top, wanted)
  })

/** The image that is meant, where the manifest or index that the reference points to has been fetched. */
export const understand = (
  reference: Reference.Reference,
  top: ReceivedManifest.ReceivedManifest,
  wanted: WantedPlatform
): Effect.Effect<RemoteImage, RegistryError | UnusableImage, RegistryClient> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const received = yield* chooseImage(reference, top, wanted, 0)
    const { manifest } = received
    if (
      manifest.config.mediaType !== MediaType.OciConfig &&
      manifest.config.mediaType !== MediaType.DockerConfig
    ) {
      const message = `${Reference.familiar(reference)}: an artifact of the type ${manifest.artifactType ?? manifest.config.mediaType}, not an image`
      return yield* new UnusableImage({ reason: "NotAnImage", message })
    }
    const bytes = yield* client.smallBlob(reference, manifest.config)
    const config = yield* Either.mapLeft(
      ReceivedConfig.decode(bytes),
      ({ message }) => new UnusableImage({ reason: "Config", message })
    )
    yield* checkPlatform(Reference.familiar(reference), config, wanted)
    const layers = yield* layersOf(manifest, config)
    return { reference, target: top.digest, received, manifest, config, layers }
  })

/** The name under which a pulled image is kept: its tag's; none where it is asked for by digest alone. */
export const nameOf = ({ reference }: RemoteImage): Option.Option<string> =>
  reference.tag === undefined || reference.digest !== undefined
    ? Option.none()
    : Option.some(Reference.print(reference))

/** `registry/repository@digest`. */
export const repoDigestOf = ({ reference, target }: RemoteImage): string =>
  `${Reference.repository(reference)}@${target}`
