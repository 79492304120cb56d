import type { StoredContents } from "./StoredContents.js"

/** A regular file, with one name, of a tree that was just written. */
export interface KnownFile {
  readonly sizeBytes: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSeconds: number
  /** In memory, or where an earlier archive has it; undefined: it is to be read. */
  readonly content: Uint8Array | StoredContent | undefined
  /** Its content is still being written until this is fulfilled. */
  readonly written: Promise<void> | undefined
}

export interface StoredContent {
  readonly contents: StoredContents
  /** Where it begins. */
  readonly at: number
}

/**
 * Files that whoever wrote a tree knows, by path (`usr/bin/x`), so that packing it neither looks at nor reads them again. They have no extended attributes.
 */
export interface KnownFiles {
  readonly get: (path: string) => KnownFile | undefined
  /** Is told where in the archive the content of a known file begins. */
  readonly packed: (path: string, at: number) => void
}
