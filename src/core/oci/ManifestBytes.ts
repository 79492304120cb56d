import type { Descriptor } from "./Descriptor.js"
import * as MediaType from "./MediaType.js"

type Annotations = Readonly<Record<string, string>>

/** Whose media types documents have. */
export type Family = "oci" | "docker"

const encoder = new TextEncoder()

/** `{ annotations }` where there are any. */
export const annotated = (annotations: Annotations): { readonly annotations?: Annotations } =>
  Object.keys(annotations).length === 0 ? {} : { annotations }

const dockerTypes: Readonly<Record<string, string>> = {
  [MediaType.OciLayer]: MediaType.DockerLayer,
  [MediaType.OciLayerGzip]: MediaType.DockerLayerGzip
}

const ociTypes: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(dockerTypes).map(([oci, docker]) => [docker, oci])
)

const layerOf = (layer: Descriptor, family: Family): Descriptor => {
  const types = family === "docker" ? dockerTypes : ociTypes
  return { mediaType: types[layer.mediaType] ?? layer.mediaType, digest: layer.digest, size: layer.size }
}

/** The bytes of an image's manifest. The same content gives the same bytes. */
export const manifest = (
  config: Pick<Descriptor, "digest" | "size">,
  layers: ReadonlyArray<Descriptor>,
  annotations: Annotations,
  family: Family
): Uint8Array =>
  encoder.encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType(family),
      config: {
        mediaType: family === "docker" ? MediaType.DockerConfig : MediaType.OciConfig,
        digest: config.digest,
        size: config.size
      },
      layers: layers.map((layer) => layerOf(layer, family)),
      ...annotated(annotations)
    })
  )

/** The bytes of an index. */
export const index = (
  manifests: ReadonlyArray<Descriptor>,
  annotations: Annotations,
  family: Family
): Uint8Array =>
  encoder.encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: indexType(family),
      manifests,
      ...annotated(annotations)
    })
  )

export const manifestType = (family: Family): string =>
  family === "docker" ? MediaType.DockerManifest : MediaType.OciManifest

export const indexType = (family: Family): string =>
  family === "docker" ? MediaType.DockerManifestList : MediaType.OciIndex
