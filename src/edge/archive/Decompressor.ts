import { createRequire } from "node:module"
import * as zlib from "node:zlib"
import type { Compression } from "../../core/oci/MediaType.js"
import { ArchiveError } from "./ArchiveError.js"
import type { ArchiveLimits } from "./ArchiveLimits.js"

/** Unpacks a compressed stream that is pushed in. What comes out goes to the function it was made with. */
export interface Decompressor {
  /** A promise when the caller should wait before it pushes more; it fails as soon as anything has failed. */
  readonly write: (chunk: Uint8Array) => Promise<void> | undefined
  /** Everything has come out when this is done. */
  readonly end: () => Promise<void>
  /** Lets go of the machinery. */
  readonly abandon: () => void
}

const outputBytes = 256 * 1024

/** Which compression bytes begin with; `none` for anything else. Sources: RFC 1952, RFC 8878. */
export const sniff = (head: Uint8Array): Compression => {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip"
  if (head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) return "zstd"
  return "none"
}

/**
 * A decompressor that hands what it unpacks to `out`. gzip runs on zlib's thread beside us, zstd too where this Node has it.
 * Damaged input fails as `Malformed`, input that unpacks beyond all proportion as `TooLarge`; what `out` throws comes
 * back from `write` or `end`.
 */
export const make = (
  compression: Compression,
  limits: ArchiveLimits,
  out: (chunk: Uint8Array) => void
): Decompressor => {
  if (compression === "none") return passThrough(out)
  let read = 0
  let unpacked = 0
  const bounded = (chunk: Uint8Array): void => {
    unpacked += chunk.length
    if (unpacked > limits.ratioFromBytes && unpacked > read * limits.ratioMax)
      throw new ArchiveError({
        reason: "TooLarge",
        message: `the compressed data unpacks to more than ${limits.ratioMax} times its size`
      })
    out(chunk)
  }
  const inner =
    compression === "gzip" ? onStream(zlib.createGunzip({ chunkSize: outputBytes }), bounded) : zstd(bounded)
  return {
    ...inner,
    write: (chunk) => {
      read += chunk.length
      return inner.write(chunk)
    }
  }
}

const passThrough = (out: (chunk: Uint8Array) => void): Decompressor => ({
  write: (chunk) => {
    out(chunk)
    return undefined
  },
  end: () => Promise.resolve(),
  abandon: () => undefined
})

const damaged = (cause: unknown): unknown =>
  cause instanceof Error &&
  "code" in cause &&
  typeof cause.code === "string" &&
  /^Z_|^ZSTD|^ERR_ZLIB|^ERR_ZSTD/.test(cause.code)
    ? new ArchiveError({
        reason: cause.code === "Z_BUF_ERROR" ? "Truncated" : "Malformed",
        message: `the compressed data is damaged: ${cause.message}`,
        cause
      })
    : cause

type Transform = zlib.Gunzip

const onStream = (stream: Transform, out: (chunk: Uint8Array) => void): Decompressor => {
  let failed: { readonly cause: unknown } | undefined
  const waiting = new Set<(cause: unknown) => void>()
  const fail = (cause: unknown): void => {
    failed ??= { cause: damaged(cause) }
    for (const reject of waiting) reject(failed.cause)
    waiting.clear()
    stream.destroy()
  }
  stream.on("data", (chunk: Uint8Array) => {
    if (failed !== undefined) return
    try {
      out(chunk)
    } catch (cause) {
      fail(cause)
    }
  })
  stream.on("error", fail)
  const until = (event: "drain" | "end"): Promise<void> =>
    new Promise((resolve, reject) => {
      if (failed !== undefined) return reject(failed.cause)
      waiting.add(reject)
      stream.once(event, () => {
        waiting.delete(reject)
        resolve()
      })
    })
  return {
    write: (chunk) => {
      if (failed !== undefined) return Promise.reject(failed.cause)
      return stream.write(chunk) ? undefined : until("drain")
    },
    end: () => {
      const ended = until("end")
      stream.end()
      return ended
    },
    abandon: () => {
      stream.destroy()
    }
  }
}

/** Node has zstd of its own from 22.15 on. */
const zstd = (out: (chunk: Uint8Array) => void): Decompressor => {
  const native: unknown = "createZstdDecompress" in zlib ? zlib.createZstdDecompress : undefined
  return isFactory(native) ? onStream(native({ chunkSize: outputBytes }), out) : inScript(out)
}

const isFactory = (value: unknown): value is (options: { chunkSize: number }) => Transform =>
  typeof value === "function"

const inScript = (out: (chunk: Uint8Array) => void): Decompressor => {
  const { Decompress }: typeof import("fzstd") = createRequire(import.meta.url)("fzstd")
  const stream = new Decompress(out)
  const push = (chunk: Uint8Array, isLast: boolean): void => {
    try {
      stream.push(chunk, isLast)
    } catch (cause) {
      if (cause instanceof ArchiveError || (cause instanceof Error && "syscall" in cause)) throw cause
      throw new ArchiveError({ reason: "Malformed", message: "the compressed data is damaged", cause })
    }
  }
  return {
    write: (chunk) => {
      push(chunk, false)
      return undefined
    },
    end: async () => push(new Uint8Array(), true),
    abandon: () => undefined
  }
}
