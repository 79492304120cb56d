import * as fs from "node:fs"
import { address } from "../../linux/Libc.js"

/** What every device's blocks and every kernel's memory pages are multiples of. */
const alignment = 4096

/** Writes to a file that do not go through the page cache, where file system and device can do that. Source: open(2), O_DIRECT. */
export class DirectWrites {
  private isRefused = false

  private constructor(private readonly fd: number) {}

  /** Undefined where the file system has no such writes. */
  static open(path: string): DirectWrites | undefined {
    try {
      return new DirectWrites(fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_DIRECT))
    } catch {
      return undefined
    }
  }

  /** Memory that can be written from. `bytes`: a multiple of 4096. */
  buffer(bytes: number): Buffer<ArrayBuffer> {
    const memory = Buffer.allocUnsafeSlow(bytes + alignment)
    const skipped = Number(-address(memory) & BigInt(alignment - 1))
    return memory.subarray(skipped, skipped + bytes)
  }

  /** Writes some of what a {@link buffer} holds from its beginning; gives how many bytes. What is left must be written in another way. */
  write(bytes: Uint8Array, position: number): number {
    const whole = bytes.length - (bytes.length % alignment)
    if (whole === 0 || this.isRefused) return 0
    try {
      return fs.writeSync(this.fd, bytes, 0, whole, position)
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EINVAL")) throw error
      this.isRefused = true
      return 0
    }
  }

  close(): void {
    fs.closeSync(this.fd)
  }
}
