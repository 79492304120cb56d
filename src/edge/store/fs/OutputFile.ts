import * as fs from "node:fs"
import * as Digests from "../../../core/oci/Digest.js"

const bufferBytes = 512 * 1024

/** A new file that is written in big pieces and hashed on the way. */
export class OutputFile {
  sizeBytes = 0
  private readonly fd: number
  private readonly hash = Digests.hasher()
  private readonly buffer = Buffer.allocUnsafe(bufferBytes)
  private used = 0

  constructor(readonly path: string) {
    this.fd = fs.openSync(path, "wx", 0o600)
  }

  /** Takes a chunk that is valid only during the call. */
  write(chunk: Uint8Array): void {
    this.sizeBytes += chunk.length
    if (chunk.length >= bufferBytes) {
      this.flush()
      this.put(chunk)
      return
    }
    if (this.used + chunk.length > bufferBytes) this.flush()
    this.buffer.set(chunk, this.used)
    this.used += chunk.length
  }

  /** Writes what is left; the file's digest. */
  finish(): Digests.Digest {
    this.flush()
    return this.hash.digest()
  }

  close(): void {
    fs.closeSync(this.fd)
  }

  private flush(): void {
    if (this.used > 0) this.put(this.buffer.subarray(0, this.used))
    this.used = 0
  }

  private put(bytes: Uint8Array): void {
    this.hash.update(bytes)
    fs.writeFileSync(this.fd, bytes)
  }
}
