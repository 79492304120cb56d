import * as fs from "node:fs"
import * as path from "node:path"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import type { TestImage } from "./TestImage.js"

/** Writes an OCI image layout with one image under a tag: what skopeo calls `oci:DIR:TAG`. */
export const write = (directory: string, tag: string, image: TestImage): void => {
  const blobs = path.join(directory, "blobs/sha256")
  fs.mkdirSync(blobs, { recursive: true })
  for (const bytes of [image.manifest, image.config, ...image.layers.map(({ blob }) => blob)]) {
    fs.writeFileSync(path.join(blobs, Digest.hex(Digest.ofBytes(bytes))), bytes)
  }
  fs.writeFileSync(path.join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}')
  const annotations = { "org.opencontainers.image.ref.name": tag }
  const index = {
    schemaVersion: 2,
    mediaType: MediaType.OciIndex,
    manifests: [{ ...image.descriptor, annotations }]
  }
  fs.writeFileSync(path.join(directory, "index.json"), JSON.stringify(index))
}
