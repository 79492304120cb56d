import type { Descriptor } from "../../oci/Descriptor.js"
import * as Digest from "../../oci/Digest.js"
import * as MediaType from "../../oci/MediaType.js"
import * as Statement from "./Statement.js"

/** Bytes under their own digest. */
export interface Content {
  readonly digest: Digest.Digest
  readonly bytes: Uint8Array
}

/** The statements about one image, as a manifest of their own. */
export interface AttestationManifest {
  /** As the index lists it, after the images. */
  readonly descriptor: Descriptor
  readonly manifest: Content
  /** The config and the statements. */
  readonly contents: ReadonlyArray<Content>
}

const encode = (value: unknown): Content => {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return { bytes, digest: Digest.ofBytes(bytes) }
}

const artifactType = "application/vnd.docker.attestation.manifest.v1+json"

/**
 * Statements about an image, in the form that BuildKit stores them: each a layer, below a manifest for no platform that names
 * the image in its annotations. `asArtifact`: with an empty config, and the image as the subject, as OCI's artifacts are.
 * Source: BuildKit, docs/attestations/attestation-storage.md.
 */
export const make = (
  image: Descriptor,
  predicates: ReadonlyArray<Statement.Predicate>,
  subjects: ReadonlyArray<Statement.Subject>,
  asArtifact: boolean
): AttestationManifest => {
  const statements = predicates.map((predicate) => ({
    predicate,
    content: encode(Statement.make(predicate, subjects))
  }))
  const layers = statements.map(({ predicate, content: { bytes, digest } }) => ({
    mediaType: "application/vnd.in-toto+json",
    digest,
    size: bytes.length,
    annotations: { "in-toto.io/predicate-type": predicate.type }
  }))
  const config = encode(
    asArtifact
      ? {}
      : {
          architecture: "unknown",
          os: "unknown",
          config: {},
          rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) }
        }
  )
  const manifest = encode({
    schemaVersion: 2,
    mediaType: MediaType.OciManifest,
    ...(asArtifact ? { artifactType } : {}),
    config: {
      mediaType: asArtifact ? MediaType.OciEmpty : MediaType.OciConfig,
      digest: config.digest,
      size: config.bytes.length,
      ...(asArtifact ? { data: "e30=" } : {})
    },
    layers,
    ...(asArtifact ? { subject: { mediaType: image.mediaType, digest: image.digest, size: image.size } } : {})
  })
  return {
    manifest,
    contents: [config, ...statements.map(({ content }) => content)],
    descriptor: {
      mediaType: MediaType.OciManifest,
      digest: manifest.digest,
      size: manifest.bytes.length,
      annotations: {
        "vnd.docker.reference.digest": image.digest,
        "vnd.docker.reference.type": "attestation-manifest"
      },
      platform: { architecture: "unknown", os: "unknown" }
    }
  }
}
