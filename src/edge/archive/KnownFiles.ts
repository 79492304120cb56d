/** A regular file, with one name, of a tree that was just written. */
export interface KnownFile {
  readonly sizeBytes: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSeconds: number
  /** Undefined: it is to be read. */
  readonly content: Uint8Array | undefined
  /** Its content is still being written until this is fulfilled. */
  readonly written: Promise<void> | undefined
}

/**
 * Files that whoever wrote a tree knows, by path (`usr/bin/x`), so that packing it neither looks at nor reads them again. They have no extended attributes.
 */
export type KnownFiles = ReadonlyMap<string, KnownFile>
