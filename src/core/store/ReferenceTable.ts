import type { Descriptor } from "../oci/Descriptor.js"
import type { Digest } from "../oci/Digest.js"
import type { Index } from "../oci/Manifest.js"
import * as MediaType from "../oci/MediaType.js"

/** The annotation that holds the whole reference ("docker.io/library/busybox:latest"). */
export const nameAnnotation = "io.containerd.image.name"
/** The annotation that OCI tools look a tag up by. Source: image-spec, annotations.md. */
export const tagAnnotation = "org.opencontainers.image.ref.name"

/**
 * Names to manifests: the store's `index.json`. Names are canonical references with a tag; each names one manifest, a
 * manifest may have many. Entries that other tools wrote without a full name are kept as they are.
 */
export type ReferenceTable = Index

export const empty: ReferenceTable = { schemaVersion: 2, mediaType: MediaType.OciIndex, manifests: [] }

export interface Entry {
  readonly name: string
  readonly manifest: Descriptor
}

/** Every name, in code point order. */
export const entries = (table: ReferenceTable): ReadonlyArray<Entry> =>
  table.manifests
    .flatMap((manifest) => {
      const name = manifest.annotations?.[nameAnnotation]
      return name === undefined ? [] : [{ name, manifest }]
    })
    .sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0))

export const find = (table: ReferenceTable, name: string): Descriptor | undefined =>
  table.manifests.find((manifest) => manifest.annotations?.[nameAnnotation] === name)

/** The names of a manifest, in order. */
export const namesOf = (table: ReferenceTable, manifest: Digest): ReadonlyArray<string> =>
  entries(table)
    .filter((entry) => entry.manifest.digest === manifest)
    .map((entry) => entry.name)

/** `name` now names `manifest`, and nothing else. */
export const set = (table: ReferenceTable, name: string, manifest: Descriptor): ReferenceTable => {
  const others = remove(table, name)
  const annotations = { ...manifest.annotations, [nameAnnotation]: name, [tagAnnotation]: tagOf(name) }
  const { mediaType, digest, size, platform } = manifest
  const entry: Descriptor = { mediaType, digest, size, annotations, ...(platform && { platform }) }
  return { ...others, manifests: [...others.manifests, entry] }
}

export const remove = (table: ReferenceTable, name: string): ReferenceTable => ({
  ...table,
  manifests: table.manifests.filter((manifest) => manifest.annotations?.[nameAnnotation] !== name)
})

/** What follows the last colon of the last path component. */
export const tagOf = (name: string): string => {
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1)
  return colon < 0 ? "latest" : name.slice(colon + 1)
}
