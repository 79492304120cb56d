/** Media types of the OCI image-spec and of Docker's distribution manifest v2, by what they describe. */
export const OciManifest = "application/vnd.oci.image.manifest.v1+json"
export const OciIndex = "application/vnd.oci.image.index.v1+json"
export const OciConfig = "application/vnd.oci.image.config.v1+json"
export const OciLayer = "application/vnd.oci.image.layer.v1.tar"
export const OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
export const OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
export const OciEmpty = "application/vnd.oci.empty.v1+json"
export const DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
export const DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
export const DockerConfig = "application/vnd.docker.container.image.v1+json"
export const DockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
export const DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
export const DockerForeignLayerGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

export const isManifest = (mediaType: string): boolean =>
  mediaType === OciManifest || mediaType === DockerManifest

export const isIndex = (mediaType: string): boolean =>
  mediaType === OciIndex || mediaType === DockerManifestList

export type Compression = "none" | "gzip" | "zstd"

/** How a layer of this media type is compressed; undefined where the type is not a layer that may be fetched. */
export const layerCompression = (mediaType: string): Compression | undefined => {
  switch (mediaType) {
    case OciLayer:
    case DockerLayer:
      return "none"
    case OciLayerGzip:
    case DockerLayerGzip:
      return "gzip"
    case OciLayerZstd:
      return "zstd"
    default:
      return undefined
  }
}

/** OCI's media type of a layer that is compressed so. */
export const ociLayer = (compression: Compression): string => {
  switch (compression) {
    case "none":
      return OciLayer
    case "gzip":
      return OciLayerGzip
    case "zstd":
      return OciLayerZstd
  }
}

/** Layers that a registry need not have: they are to be fetched from where their makers publish them. */
export const isForeign = (mediaType: string): boolean =>
  mediaType === DockerForeignLayerGzip ||
  mediaType.startsWith("application/vnd.oci.image.layer.nondistributable.")
