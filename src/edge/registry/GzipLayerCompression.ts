import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { DiffId } from "../../core/layer/ChainId.js"
import { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digest from "../../core/oci/Digest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as Compressor from "../archive/Compressor.js"
import type { StoreError } from "../store/StoreError.js"
import * as JsonRecord from "./JsonRecord.js"
import { type CompressedForm, LayerCompression } from "./LayerCompression.js"

const repositoriesMax = 16

const Form = Schema.Struct({ blob: Descriptor, repositories: Schema.Array(Schema.String) })

/** Compresses with gzip; remembers in `directory`, one small file for each layer. */
export const layerFs = (directory: string): Layer.Layer<LayerCompression> =>
  Layer.sync(LayerCompression, () => {
    const records = JsonRecord.of(Form)
    const fileOf = (layer: DiffId) => path.join(directory, `${Digest.hex(layer)}.json`)
    const known = (layer: DiffId): Effect.Effect<Option.Option<CompressedForm>, StoreError> =>
      records.read(fileOf(layer))

    return {
      mediaType: MediaType.OciLayerGzip,
      compress: (bytes) => Compressor.gzip(bytes),
      known,
      remember: (layer, blob, repository) =>
        Effect.gen(function* () {
          const before = yield* known(layer)
          const others = Option.match(before, {
            onNone: () => [],
            onSome: (form) => (form.blob.digest === blob.digest ? form.repositories : [])
          })
          const repositories = [repository, ...others.filter((other) => other !== repository)]
          yield* records.write(fileOf(layer), { blob, repositories: repositories.slice(0, repositoriesMax) })
        })
    }
  })
