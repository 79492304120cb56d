import type { Descriptor } from "./Descriptor.js"
import * as Digest from "./Digest.js"
import * as ManifestBytes from "./ManifestBytes.js"

/** The bytes of an OCI manifest for a config and its layers, base first. The same content gives the same bytes. */
export const encode = (config: Uint8Array, layers: ReadonlyArray<Descriptor>): Uint8Array =>
  ManifestBytes.manifest({ digest: Digest.ofBytes(config), size: config.length }, layers, {}, "oci")
