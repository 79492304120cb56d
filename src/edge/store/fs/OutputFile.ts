import * as fs from "node:fs"
import * as Digests from "../../../core/oci/Digest.js"
import { DirectWrites } from "./DirectWrites.js"

const bufferBytes = 1024 * 1024
/** Files that are larger go past the page cache from here on: nobody reads them soon, and what they would push out is wanted. */
const cachedMax = 32 * bufferBytes

/** A new file that is written in big pieces and hashed on the way. */
export class OutputFile {
  sizeBytes = 0
  private readonly fd: number
  private readonly hash = Digests.hasher()
  private buffer = Buffer.allocUnsafe(bufferBytes)
  private used = 0
  private direct: DirectWrites | undefined

  constructor(readonly path: string) {
    this.fd = fs.openSync(path, "wx", 0o600)
  }

  /** Takes a chunk that is valid only during the call. */
  write(chunk: Uint8Array): void {
    for (let done = 0; done < chunk.length; ) {
      const part = chunk.subarray(done, done + bufferBytes - this.used)
      this.buffer.set(part, this.used)
      this.used += part.length
      done += part.length
      if (this.used === bufferBytes) this.flush()
    }
  }

  /** Writes what is left; the file's digest. */
  finish(): Digests.Digest {
    this.flush()
    return this.hash.digest()
  }

  close(): void {
    fs.closeSync(this.fd)
    this.direct?.close()
  }

  private flush(): void {
    const bytes = this.buffer.subarray(0, this.used)
    this.hash.update(bytes)
    const written = this.direct?.write(bytes, this.sizeBytes) ?? 0
    for (let done = written; done < bytes.length; )
      done += fs.writeSync(this.fd, bytes, done, bytes.length - done, this.sizeBytes + done)
    this.sizeBytes += bytes.length
    this.used = 0
    if (this.sizeBytes !== cachedMax) return
    this.direct = DirectWrites.open(this.path)
    this.buffer = this.direct?.buffer(bufferBytes) ?? this.buffer
  }
}
