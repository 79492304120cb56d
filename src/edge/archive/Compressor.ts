import { Transform } from "node:stream"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { through } from "../registry/TransformStream.js"
import { StoreError } from "../store/StoreError.js"

/** The level that images travel with (docs/adr/0204). */
const gzipLevel = 3
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

/** The same bytes compressed; the same bytes, level and zlib always give the same ones. */
export const compress = <E>(
  bytes: Stream.Stream<Uint8Array, E>,
  form: { readonly type: "gzip" | "zstd"; readonly level: number | undefined }
): Stream.Stream<Uint8Array, E | StoreError> =>
  Stream.unwrap(
    Effect.map(
      Effect.promise(() => import("node:zlib")),
      (zlib): Stream.Stream<Uint8Array, E | StoreError> => {
        const { level } = form
        if (form.type === "gzip")
          return through(() => zlib.createGzip({ level: level ?? gzipLevel, chunkSize }), bytes)
        const native: unknown = "createZstdCompress" in zlib ? zlib.createZstdCompress : undefined
        if (typeof native !== "function") return Stream.fail(unsupported(process.version))
        const made: unknown = native({ params: { [zstdLevelParameter]: level ?? zstdLevel }, chunkSize })
        return made instanceof Transform
          ? through(() => made, bytes)
          : Stream.fail(unsupported(process.version))
      }
    )
  )
