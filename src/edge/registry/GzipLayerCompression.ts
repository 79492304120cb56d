import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { DiffId } from "../../core/layer/ChainId.js"
import { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digest from "../../core/oci/Digest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import { StoreError } from "../store/StoreError.js"
import { type CompressedForm, LayerCompression } from "./LayerCompression.js"
import { through } from "./TransformStream.js"

/** Three times as fast as zlib's own default, for layers that are a twentieth larger (docs/adr/0204). */
const level = 3

const chunkSize = 64 * 1024

const repositoriesMax = 16

const Form = Schema.Struct({ blob: Descriptor, repositories: Schema.Array(Schema.String) })
const decode = Schema.decodeUnknownEither(Schema.parseJson(Form))

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT"

/** Compresses with gzip; remembers in `directory`, one small file for each layer. */
export const layerFs = (directory: string): Layer.Layer<LayerCompression> =>
  Layer.sync(LayerCompression, () => {
    const fileOf = (layer: DiffId) => path.join(directory, `${Digest.hex(layer)}.json`)
    const failed = (file: string) => (cause: unknown) =>
      new StoreError({
        reason: "Io",
        subject: file,
        message: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause
      })

    const known = (layer: DiffId): Effect.Effect<Option.Option<CompressedForm>, StoreError> => {
      const file = fileOf(layer)
      return Effect.tryPromise({
        try: () => fs.readFile(file, "utf8"),
        catch: (cause) => cause
      }).pipe(
        // What cannot be read back is as good as forgotten.
        Effect.map((text) => Either.getRight(decode(text))),
        Effect.catchAll((cause) => (isMissing(cause) ? Effect.succeedNone : Effect.fail(failed(file)(cause))))
      )
    }

    return {
      mediaType: MediaType.OciLayerGzip,
      compress: (bytes) =>
        Stream.unwrap(
          Effect.map(
            Effect.promise(() => import("node:zlib")),
            (zlib) => through(() => zlib.createGzip({ level, chunkSize }), bytes)
          )
        ),
      known,
      remember: (layer, blob, repository) =>
        Effect.gen(function* () {
          const before = yield* known(layer)
          const others = Option.match(before, {
            onNone: () => [],
            onSome: (form) => (form.blob.digest === blob.digest ? form.repositories : [])
          })
          const repositories = [repository, ...others.filter((other) => other !== repository)]
          const form = { blob, repositories: repositories.slice(0, repositoriesMax) }
          const file = fileOf(layer)
          yield* Effect.tryPromise({
            try: async () => {
              await fs.mkdir(directory, { recursive: true, mode: 0o700 })
              const temporary = `${file}.${process.pid}.tmp`
              await fs.writeFile(temporary, JSON.stringify(form))
              await fs.rename(temporary, file)
            },
            catch: failed(file)
          })
        })
    }
  })
