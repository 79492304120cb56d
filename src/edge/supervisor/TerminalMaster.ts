import * as fs from "node:fs"
import * as tty from "node:tty"

/** A pseudo terminal hands out no more at once. */
const chunkBytes = 4096

/** What a terminal whose other side is closed still holds. The descriptor does not block. */
const rest = (fd: number): ReadonlyArray<Buffer> => {
  const chunks: Array<Buffer> = []
  for (;;) {
    const chunk = Buffer.alloc(chunkBytes)
    try {
      const count = fs.readSync(fd, chunk, 0, chunkBytes, null)
      if (count === 0) return chunks
      chunks.push(chunk.subarray(0, count))
    } catch {
      // EIO: it is empty. EAGAIN: somebody has it open again.
      return chunks
    }
  }
}

/**
 * The engine's side of a container's terminal. libuv takes a short read of a terminal whose other side is closed for its
 * end, though every read of a terminal is short: what is left is read before the end is told.
 */
export class TerminalMaster extends tty.ReadStream {
  constructor(private readonly descriptor: number) {
    super(descriptor)
  }

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null) for (const left of rest(this.descriptor)) super.push(left)
    return super.push(chunk, encoding)
  }
}
