import * as fs from "node:fs"

const windowBytes = 1024 * 1024

/** The entries of an archive that was written before. Small ones that lie close together are read in one piece. */
export class StoredContents {
  private buffer: Buffer | undefined
  private start = 0
  private held = 0

  /** `fd`: the archive, open for reading; it stays the caller's. */
  constructor(private readonly fd: number) {}

  /** Some of the `count` bytes from `at` on, at least one: valid until the next call. Throws Node's errors, or that the archive ends before. */
  read(at: number, count: number): Uint8Array {
    if (at < this.start || at >= this.start + this.held) this.fill(at)
    const from = at - this.start
    if (from + count > this.held && count <= windowBytes) return this.again(at, count)
    return this.view(from, count)
  }

  private again(at: number, count: number): Uint8Array {
    this.fill(at)
    return this.view(0, count)
  }

  private view(from: number, count: number): Uint8Array {
    return (this.buffer ?? Buffer.alloc(0)).subarray(from, Math.min(from + count, this.held))
  }

  private fill(at: number): void {
    this.buffer ??= Buffer.allocUnsafeSlow(windowBytes)
    this.start = at
    this.held = 0
    this.held = fs.readSync(this.fd, this.buffer, 0, windowBytes, at)
    if (this.held === 0) throw new Error(`the archive ends before ${at}`)
  }
}
