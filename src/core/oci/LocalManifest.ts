import type { Descriptor } from "./Descriptor.js"
import * as Digest from "./Digest.js"
import * as MediaType from "./MediaType.js"

const ociTypes: Readonly<Record<string, string>> = {
  [MediaType.DockerLayer]: MediaType.OciLayer,
  [MediaType.DockerLayerGzip]: MediaType.OciLayerGzip
}

/** A layer as an OCI manifest lists it: Docker's type for the same bytes has another name. */
const listed = ({ mediaType, digest, size }: Descriptor): Descriptor => ({
  mediaType: ociTypes[mediaType] ?? mediaType,
  digest,
  size
})

/** The bytes of an OCI manifest for a config and its layers, base first. The same content gives the same bytes. */
export const encode = (config: Uint8Array, layers: ReadonlyArray<Descriptor>): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.OciManifest,
      config: { mediaType: MediaType.OciConfig, digest: Digest.ofBytes(config), size: config.length },
      layers: layers.map(listed)
    })
  )
