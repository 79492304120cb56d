import type { StoredContents } from "./StoredContents.js"

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
  /** Where an earlier archive, packed in the same way, has all of it as it is to be packed: headers, content, padding. */
  readonly stored: StoredEntry | undefined
}

export interface StoredEntry extends Range {
  readonly contents: StoredContents
}

/** A part of an archive: where it begins, and its length in bytes. */
export interface Range {
  readonly at: number
  readonly length: number
}

/**
 * Files that whoever wrote a tree knows, by path (`usr/bin/x`), so that packing it neither looks at nor reads them again. They have no extended attributes.
 */
export interface KnownFiles {
  readonly get: (path: string) => KnownFile | undefined
  /** Is told which part of the archive a known file has become. */
  readonly packed: (path: string, range: Range) => void
}
