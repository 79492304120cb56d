/** What is known of a file without reading it. */
export interface TreeEntry {
  readonly kind: "file" | "directory" | "symlink" | "fifo" | "character" | "block" | "socket"
  /** Permission bits with set-id and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly sizeBytes: number
  /** Seconds since 1970. */
  readonly modified: number
  /** Milliseconds with a fraction; changes whenever the file's content or attributes do. */
  readonly changed: number
  readonly inode: number
  readonly device: number
  readonly links: number
  /** What a device node stands for. */
  readonly deviceNumber: number
}

/**
 * A tree that steps read: the context, or the root of a stage. Paths are relative to its root, normalised, without a
 * leading slash, `""` for the root itself. Reading is synchronous (thousands of small files) and throws Node's errors.
 * No method follows a symbolic link in the last component; see `Resolve` for the components before it.
 */
export interface SourceTree {
  /** Undefined where there is nothing (or nothing that the tree shows). */
  readonly entry: (path: string) => TreeEntry | undefined
  /** The names in a directory, sorted. */
  readonly names: (path: string) => ReadonlyArray<string>
  readonly linkTarget: (path: string) => string
  /** The content of a regular file that is known to be small. */
  readonly bytes: (path: string) => Uint8Array
  /** What `security.capability` says of a regular file. */
  readonly capability: (path: string) => Uint8Array | undefined
  /** The path by which the host opens it; in memory, a name that says which tree it is. */
  readonly hostPath: (path: string) => string
  /** The digest of a regular file that the step's key was made of, if it still holds for as long as the file's times are those of its entry. */
  readonly knownDigest?: (path: string) => string | undefined
  /** Files belong to root whatever their owner on the host (the context), or keep their owner (a stage). */
  readonly owners: "root" | "kept"
}
