import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type * as Digest from "../../core/oci/Digest.js"
import * as ManifestBytes from "../../core/oci/ManifestBytes.js"
import * as Platform from "../../core/oci/Platform.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as Annotation from "../../core/output/Annotation.js"
import * as AttestationManifest from "../../core/output/attest/AttestationManifest.js"
import * as Purl from "../../core/output/attest/Purl.js"
import type { Compression } from "../../core/output/OutputSpec.js"
import { BlobStore } from "../../edge/store/BlobStore.js"
import { type BuildRequest, failure } from "../build/BuildRequest.js"
import type * as Attesting from "./Attesting.js"
import * as Compressing from "./Compressing.js"
import type { FinalImage } from "./FinalImage.js"

/** How images are put together for one output. */
export interface Assembly {
  readonly family: ManifestBytes.Family
  readonly compression: Compression
  readonly annotations: ReadonlyArray<Annotation.Annotation>
  /** Canonical names that the result gets. */
  readonly names: ReadonlyArray<string>
  /** Attestation manifests in the form of artifacts. */
  readonly asArtifact: boolean
}

export interface AssembledImage {
  readonly final: FinalImage
  readonly manifest: Extract<ReceivedManifest.ReceivedManifest, { readonly _tag: "Image" }>
  readonly layers: ReadonlyArray<Descriptor>
  readonly attestations: ReadonlyArray<Attesting.Attestation>
}

/** One image, or several below an index, all of whose content is in the store. */
export interface Assembled {
  readonly images: ReadonlyArray<AssembledImage>
  readonly top: ReceivedManifest.ReceivedManifest
  /** Points to the top, with the annotations that it is to have. */
  readonly descriptor: Descriptor
  /** Everything that must stay while it is sent. */
  readonly content: ReadonlyArray<Digest.Digest>
}

const received = (bytes: Uint8Array, mediaType: string) =>
  Either.mapLeft(ReceivedManifest.decode(bytes, mediaType), (error) => failure(error.message, error))

const platformOf = ({ config }: FinalImage): Platform.Platform => ({
  architecture: config.architecture,
  os: config.os,
  ...(config.variant ? { variant: config.variant } : {})
})

/** Most builds say nothing: what makes statements is loaded for those that do. */
const said = (request: BuildRequest, { built }: FinalImage, layers: ReadonlyArray<Descriptor>) =>
  Effect.gen(function* () {
    const { provenance, sbom } = request.outputs.attest
    if (provenance === undefined && !sbom) return []
    const { about } = yield* Effect.promise(() => import("./Attesting.js"))
    return yield* about(request, built, layers)
  })

const image = (request: BuildRequest, final: FinalImage, assembly: Assembly) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const layers = yield* Compressing.layers(final, assembly.compression)
    yield* blobs.putSmall(final.bytes)
    const bytes = ManifestBytes.manifest(
      { digest: final.id, size: final.bytes.length },
      layers,
      Annotation.at(assembly.annotations, "manifest", final.platform),
      assembly.family
    )
    yield* blobs.putSmall(bytes)
    const manifest = yield* received(bytes, ManifestBytes.manifestType(assembly.family))
    if (manifest._tag !== "Image") return yield* failure("the manifest of an image is an index")
    const attestations = yield* said(request, final, layers)
    const made: AssembledImage = { final, manifest, layers, attestations }
    return made
  })

const pointer = ({ final, manifest }: AssembledImage, { annotations }: Assembly): Descriptor => ({
  ...ReceivedManifest.descriptor(manifest),
  ...ManifestBytes.annotated(Annotation.at(annotations, "manifest-descriptor", final.platform)),
  platform: platformOf(final)
})

/** Stores the statements about an image; gives their manifest as the index lists it, and all that it leads to. */
const attest = (one: AssembledImage, { asArtifact, names }: Assembly) =>
  Effect.gen(function* () {
    const blobs = yield* BlobStore
    const { digest } = one.manifest
    const { platform } = one.final
    const subjects =
      names.length === 0
        ? [{ name: "_", digest }]
        : names.map((name) => ({ name: Purl.ofImage(name, platform), digest }))
    const made = AttestationManifest.make(
      ReceivedManifest.descriptor(one.manifest),
      one.attestations.map(({ predicate }) => predicate),
      subjects,
      asArtifact
    )
    const contents = [made.manifest, ...made.contents]
    yield* Effect.forEach(contents, ({ bytes }) => blobs.putSmall(bytes), { discard: true })
    return { descriptor: made.descriptor, content: contents.map((each) => each.digest) }
  })

/** Puts images together: one alone is its own manifest; several, or one of which something is said, get an index. */
export const assemble = (request: BuildRequest, finals: ReadonlyArray<FinalImage>, assembly: Assembly) =>
  Effect.gen(function* () {
    const { annotations, family } = assembly
    const stray = Annotation.stray(
      annotations,
      finals.map((final) => final.platform)
    )
    if (stray !== undefined)
      return yield* failure(`invalid annotation: no platform ${Platform.print(stray)} found in the result`)
    const images = yield* Effect.forEach(finals, (final) => image(request, final, assembly))
    const [only] = images
    const content = images.flatMap(({ final, layers, manifest }) => [
      final.id,
      manifest.digest,
      ...layers.map(({ digest }) => digest)
    ])
    const isAttested = images.some((one) => one.attestations.length > 0)
    if (only !== undefined && images.length === 1 && !isAttested) {
      if (annotations.some(({ place }) => place.startsWith("index")))
        return yield* failure("index annotations not supported for single platform export")
      const single: Assembled = { images, content, top: only.manifest, descriptor: pointer(only, assembly) }
      return single
    }
    if (isAttested && family === "docker")
      return yield* failure("cannot export attestations with oci-mediatypes=false, or in a docker archive")
    const attested = yield* Effect.forEach(
      images.filter((one) => one.attestations.length > 0),
      (one) => attest(one, assembly)
    )
    const bytes = ManifestBytes.index(
      [...images.map((one) => pointer(one, assembly)), ...attested.map(({ descriptor }) => descriptor)],
      Annotation.at(annotations, "index"),
      family
    )
    yield* (yield* BlobStore).putSmall(bytes)
    const top = yield* received(bytes, ManifestBytes.indexType(family))
    const several: Assembled = {
      images,
      content: [...content, ...attested.flatMap((one) => one.content), top.digest],
      top,
      descriptor: {
        ...ReceivedManifest.descriptor(top),
        ...ManifestBytes.annotated(Annotation.at(annotations, "index-descriptor"))
      }
    }
    return several
  })
