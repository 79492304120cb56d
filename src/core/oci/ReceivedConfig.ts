import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Digest from "./Digest.js"
import { ImageConfig } from "./ImageConfig.js"
import type { Manifest } from "./Manifest.js"
import { sizeMax } from "./ReceivedManifest.js"
import { firstIssue } from "./SchemaIssue.js"

/** An image's config exactly as its bytes came, with what they say. The digest is the image's id. */
export interface ReceivedConfig {
  readonly bytes: Uint8Array
  readonly digest: Digest.Digest
  readonly config: ImageConfig
}

/** Why bytes are no image config, or not the one of a manifest. */
export class ConfigError extends Data.TaggedError("ConfigError")<{
  readonly reason: "TooLarge" | "Invalid" | "LayerCount"
  readonly message: string
}> {}

const decodeConfig = Schema.decodeUnknownEither(Schema.parseJson(ImageConfig))

/** Reads an image config. */
export const decode = (bytes: Uint8Array): Either.Either<ReceivedConfig, ConfigError> => {
  if (bytes.length > sizeMax) {
    return Either.left(
      new ConfigError({
        reason: "TooLarge",
        message: `image config of ${bytes.length} bytes is larger than ${sizeMax} bytes`
      })
    )
  }
  const digest = Digest.ofBytes(bytes)
  return Either.mapBoth(decodeConfig(new TextDecoder().decode(bytes)), {
    onLeft: (error) =>
      new ConfigError({
        reason: "Invalid",
        message: `invalid image config ${digest}: ${firstIssue(error)}`
      }),
    onRight: (config) => ({ bytes, digest, config })
  })
}

/** The diff ids of a config, one for each layer of `manifest`, base first. */
export const diffIds = (
  manifest: Manifest,
  { config, digest }: ReceivedConfig
): Either.Either<ReadonlyArray<Digest.Digest>, ConfigError> => {
  const ids = config.rootfs.diff_ids ?? []
  return ids.length === manifest.layers.length
    ? Either.right(ids)
    : Either.left(
        new ConfigError({
          reason: "LayerCount",
          message: `image config ${digest} has ${ids.length} diff ids, its manifest has ${manifest.layers.length} layers`
        })
      )
}
