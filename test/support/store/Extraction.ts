import * as fs from "node:fs"
import { type ArchiveLimits, standard } from "../../../src/edge/archive/ArchiveLimits.js"
import { TarReader } from "../../../src/edge/archive/TarReader.js"
import {
  TreeWriter,
  type TreeWriterOptions,
  type WrittenSummary
} from "../../../src/edge/archive/TreeWriter.js"

/** Writes an archive's tree into a new directory, pushing it in chunks of this size. */
export const extract = (
  archive: Uint8Array,
  root: string,
  options: Partial<TreeWriterOptions> & { readonly chunkBytes?: number; readonly limits?: ArchiveLimits } = {}
): WrittenSummary => {
  const { chunkBytes = 65536, limits = standard, ...rest } = options
  fs.mkdirSync(root)
  const writer = new TreeWriter({ root, identity: "root", whiteouts: "overlay", limits, ...rest })
  const reader = new TarReader(writer, limits)
  try {
    for (let at = 0; at < archive.length; at += chunkBytes)
      reader.write(archive.subarray(at, at + chunkBytes))
    reader.finish()
    return writer.finish()
  } finally {
    writer.abandon()
  }
}
