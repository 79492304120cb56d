import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Digest from "../../src/core/oci/Digest.js"
import type { ImageConfig } from "../../src/core/oci/ImageConfig.js"
import * as MediaType from "../../src/core/oci/MediaType.js"
import { ImageStore, type StoredImage } from "../../src/edge/store/ImageStore.js"
import { StoreError } from "../../src/edge/store/StoreError.js"

const descriptor = (name: string) => ({
  mediaType: MediaType.OciManifest,
  digest: Digest.ofBytes(name),
  size: 1
})

/** An image whose id is the digest of its nickname. */
export const image = (
  nickname: string,
  rest: Partial<StoredImage["record"]> & { readonly names?: ReadonlyArray<string> } = {}
): StoredImage => {
  const { names = [], ...record } = rest
  return {
    names,
    indexes: [],
    record: {
      id: Digest.ofBytes(nickname),
      manifest: descriptor(`${nickname} manifest`),
      config: descriptor(nickname),
      layers: [],
      architecture: "amd64",
      os: "linux",
      labels: {},
      repoDigests: [],
      ...record
    }
  }
}

/** A store that holds these images, and answers for their names. */
export const storeOf = (
  images: ReadonlyArray<StoredImage>,
  config: ImageConfig = { architecture: "amd64", os: "linux", rootfs: { type: "layers" } },
  /** Configs of images that have another than the rest. */
  others: ReadonlyMap<Digest.Digest, ImageConfig> = new Map()
) =>
  Layer.mock(ImageStore, {
    list: Effect.succeed(images),
    get: (id) => Effect.succeed(Option.fromNullable(images.find(({ record }) => record.id === id))),
    config: (id) => Effect.succeed({ config: others.get(id) ?? config, bytes: new Uint8Array() }),
    resolve: (text) => {
      const found = images.find(({ names }) => names.some((name) => name.includes(`/${text}:`)))
      return found === undefined
        ? Effect.fail(
            new StoreError({ reason: "Missing", subject: text, message: `No such image: ${text}:latest` })
          )
        : Effect.succeed(found)
    }
  })
