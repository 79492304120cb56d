/** How much an archive may hold before it is taken for an attack. */
export interface ArchiveLimits {
  readonly entriesMax: number
  /** All entries' logical sizes together. */
  readonly bytesMax: number
  /** Entries' paths in bytes, and names in a path. */
  readonly pathBytesMax: number
  readonly depthMax: number
  /** Long names, extended headers. */
  readonly headerBytesMax: number
  /** Unpacked bytes for each packed one, once more than `ratioFromBytes` are unpacked. */
  readonly ratioMax: number
  readonly ratioFromBytes: number
}

/** Far beyond any real layer. deflate cannot do better than 1032 to 1, so that only other methods meet the ratio. */
export const standard: ArchiveLimits = {
  entriesMax: 4_000_000,
  bytesMax: 512 * 2 ** 30,
  pathBytesMax: 4096,
  depthMax: 512,
  headerBytesMax: 2 ** 20,
  ratioMax: 1100,
  ratioFromBytes: 256 * 2 ** 20
}
