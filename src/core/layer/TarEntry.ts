/** What one entry of a layer's tar is. Source: pax(1), image-spec layer.md. */
export type EntryKind = "file" | "directory" | "symlink" | "hardlink" | "fifo" | "character" | "block"

/**
 * One entry of a layer's tar, without its content. `path` is as it stands in the archive: nothing about it has been
 * checked (see {@link ../layer/EntryPath}). Sizes in bytes, times in seconds since the epoch with a fraction.
 */
export interface TarEntry {
  readonly kind: EntryKind
  readonly path: string
  /** Permission bits with setuid, setgid and sticky: at most 0o7777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  readonly mtimeSeconds: number
  /** What a symlink holds, or the path of a hardlink's first name. */
  readonly linkTarget?: string
  readonly deviceMajor?: number
  readonly deviceMinor?: number
  /** Extended attributes by name; values are bytes. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>
}
