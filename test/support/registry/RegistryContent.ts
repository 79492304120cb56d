import * as Digest from "../../../src/core/oci/Digest.js"

export interface StoredManifest {
  readonly mediaType: string
  readonly bytes: Buffer
}

/** What a registry in memory has. Plain maps: a test may put anything there, right or wrong. */
export class RegistryContent {
  /** Repository -> digest -> bytes. A mount shares the buffer. */
  readonly blobs = new Map<string, Map<string, Buffer>>()
  /** Repository -> tag or digest -> manifest. */
  readonly manifests = new Map<string, Map<string, StoredManifest>>()
  /** Session -> bytes received. */
  readonly uploads = new Map<string, { readonly repository: string; chunks: Array<Buffer>; size: number }>()

  /** Uploads that were ever begun: no two have one name, though they end in any order. */
  sessions = 0

  blobsOf(repository: string): Map<string, Buffer> {
    const found = this.blobs.get(repository) ?? new Map<string, Buffer>()
    this.blobs.set(repository, found)
    return found
  }

  manifestsOf(repository: string): Map<string, StoredManifest> {
    const found = this.manifests.get(repository) ?? new Map<string, StoredManifest>()
    this.manifests.set(repository, found)
    return found
  }

  putBlob(repository: string, bytes: Uint8Array): Digest.Digest {
    const digest = Digest.ofBytes(bytes)
    this.blobsOf(repository).set(digest, Buffer.from(bytes))
    return digest
  }

  putManifest(repository: string, target: string, mediaType: string, bytes: Uint8Array): Digest.Digest {
    const digest = Digest.ofBytes(bytes)
    const manifest = { mediaType, bytes: Buffer.from(bytes) }
    const manifests = this.manifestsOf(repository)
    manifests.set(digest, manifest)
    manifests.set(target, manifest)
    return digest
  }

  /** The tags of a repository, in order. */
  tags(repository: string): ReadonlyArray<string> {
    return [...(this.manifests.get(repository)?.keys() ?? [])]
      .filter((target) => !target.includes(":"))
      .sort()
  }
}
