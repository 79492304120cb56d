import * as Digests from "../../core/oci/Digest.js"
import type { Compression } from "../../core/oci/MediaType.js"
import * as Decompressor from "./Decompressor.js"
import { TarReader } from "./TarReader.js"
import { TreeWriter, type TreeWriterOptions, type WrittenSummary } from "./TreeWriter.js"

/** What was unpacked, and the digest of the tar that it was. */
export interface Unpacked extends WrittenSummary {
  readonly diffId: Digests.Digest
  /** The size of the tar. */
  readonly tarBytes: number
}

/**
 * Unpacks a layer's blob that is pushed in chunks: decompresses, hashes and writes the tree in one pass (see {@link TreeWriter} for
 * what is guaranteed of the tree). Nothing may use the tree before `end` has given its diff id and that was compared.
 */
export class LayerUnpacker {
  private readonly hash = Digests.hasher()
  private readonly writer: TreeWriter
  private readonly reader: TarReader
  private readonly decompressor: Decompressor.Decompressor
  private tarBytes = 0

  constructor(compression: Compression, options: TreeWriterOptions) {
    this.writer = new TreeWriter(options)
    this.reader = new TarReader(this.writer, options.limits)
    this.decompressor = Decompressor.make(compression, options.limits, (chunk) => {
      this.tarBytes += chunk.length
      this.hash.update(chunk)
      this.reader.write(chunk)
    })
  }

  /** A promise when the caller should wait before it pushes more. Fails with ArchiveError and Node's errors. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    try {
      return this.decompressor.write(chunk)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async end(): Promise<Unpacked> {
    await this.decompressor.end()
    this.reader.finish()
    return { ...this.writer.finish(), diffId: this.hash.digest(), tarBytes: this.tarBytes }
  }

  /** Lets go of open files after a failure. The half-written tree is the caller's to delete. */
  abandon(): void {
    this.decompressor.abandon()
    this.writer.abandon()
  }
}
