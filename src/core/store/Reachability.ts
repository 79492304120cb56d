import * as ChainId from "../layer/ChainId.js"
import type { Digest } from "../oci/Digest.js"
import type { ContainerRecord } from "./ContainerRecord.js"
import type { ImageRecord } from "./ImageRecord.js"
import { contents, type IndexRecord } from "./IndexRecord.js"
import type { ReferenceTable } from "./ReferenceTable.js"

/** Everything that keeps something alive. */
export interface Roots {
  readonly table: ReferenceTable
  readonly images: ReadonlyArray<ImageRecord>
  readonly indexes: ReadonlyArray<IndexRecord>
  readonly containers: ReadonlyArray<ContainerRecord>
  /** Digests of blobs and chain ids that running commands hold. */
  readonly leased: ReadonlySet<Digest>
}

/** What must stay. */
export interface Reachable {
  readonly blobs: ReadonlySet<Digest>
  readonly chains: ReadonlySet<ChainId.ChainId>
}

/** The chain ids of an image's layers, base first. */
export const chainsOf = (image: ImageRecord): ReadonlyArray<ChainId.ChainId> =>
  ChainId.all(image.layers.map((layer) => layer.diffId))

/**
 * What the roots reach. An index reaches its bytes and its attestations, an image its manifest, its config, its build record, its layers' blobs and every prefix of its chain; a name
 * reaches its manifest; a container its image's config and its chain (with `parentOf`: every layer below); a lease what it
 * names and every layer below. Nothing that is reachable may be collected.
 */
export const reachable = (
  roots: Roots,
  parentOf: (chainId: ChainId.ChainId) => ChainId.ChainId | undefined
): Reachable => {
  const blobs = new Set<Digest>(roots.leased)
  const chains = new Set<ChainId.ChainId>()
  const keepStack = (top: ChainId.ChainId | undefined): void => {
    for (let at = top; at !== undefined && !chains.has(at); at = parentOf(at)) chains.add(at)
  }
  for (const manifest of roots.table.manifests) blobs.add(manifest.digest)
  for (const image of roots.images) {
    blobs.add(image.manifest.digest).add(image.id)
    if (image.build !== undefined) blobs.add(image.build)
    for (const layer of image.layers) blobs.add(layer.blob.digest)
    for (const chainId of chainsOf(image)) chains.add(chainId)
  }
  for (const index of roots.indexes) for (const digest of contents(index)) blobs.add(digest)
  for (const container of roots.containers) {
    blobs.add(container.imageId)
    keepStack(container.chainId)
  }
  for (const digest of roots.leased) keepStack(digest as ChainId.ChainId)
  return { blobs, chains }
}
