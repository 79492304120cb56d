import { Transform } from "node:stream"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { through } from "../registry/TransformStream.js"
import { StoreError } from "../store/StoreError.js"

/** Three times as fast as zlib's own default, for layers that are a twentieth larger (docs/adr/0204). */
const gzipLevel = 3
/** The most memory: a sixth faster, and the layers are no larger. */
const memLevel = 9
const zstdLevel = 3
/** `ZSTD_c_compressionLevel`. */
const zstdLevelParameter = 100
const chunkSize = 64 * 1024

const unsupported = (version: string): StoreError =>
  new StoreError({
    reason: "Unsupported",
    subject: "zstd",
    message: `Node ${version} cannot compress with zstd: use compression=gzip, or Node 22.15 or newer`
  })

/** The same bytes with gzip, as images travel; one layer is the same blob whichever way it leaves the store. */
export const gzip = <E>(
  bytes: Stream.Stream<Uint8Array, E>,
  level: number = gzipLevel
): Stream.Stream<Uint8Array, E> =>
  Stream.unwrap(
    Effect.map(
      Effect.promise(() => import("node:zlib")),
      (zlib) => through(() => zlib.createGzip({ level, memLevel, chunkSize }), bytes)
    )
  )

const zstd = <E>(bytes: Stream.Stream<Uint8Array, E>, level = zstdLevel) =>
  Stream.unwrap(
    Effect.map(
      Effect.promise(() => import("node:zlib")),
      (zlib): Stream.Stream<Uint8Array, E | StoreError> => {
        const native: unknown = "createZstdCompress" in zlib ? zlib.createZstdCompress : undefined
        if (typeof native !== "function") return Stream.fail(unsupported(process.version))
        const made: unknown = native({ params: { [zstdLevelParameter]: level }, chunkSize })
        return made instanceof Transform
          ? through(() => made, bytes)
          : Stream.fail(unsupported(process.version))
      }
    )
  )

/** The same bytes compressed; the same bytes, level and zlib always give the same ones. */
export const compress = <E>(
  bytes: Stream.Stream<Uint8Array, E>,
  { level, type }: { readonly type: "gzip" | "zstd"; readonly level: number | undefined }
): Stream.Stream<Uint8Array, E | StoreError> => (type === "gzip" ? gzip(bytes, level) : zstd(bytes, level))
