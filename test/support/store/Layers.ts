import * as zlib from "node:zlib"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Chain from "../../../src/core/layer/ChainId.js"
import type { TarEntry } from "../../../src/core/layer/TarEntry.js"
import type { Descriptor } from "../../../src/core/oci/Descriptor.js"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as TarWriter from "../../../src/edge/archive/TarWriter.js"
import { ImageStore, type NewImage } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"

/** An entry of a test's layer: what is not given is a plain file of root's. */
export type Item = Partial<TarEntry> & { readonly path: string; readonly content?: string | Uint8Array }

/** The tar of the items in their order. */
export const tar = (items: ReadonlyArray<Item>): Uint8Array => {
  const parts: Array<Uint8Array> = []
  for (const { content = "", ...given } of items) {
    const bytes = typeof content === "string" ? Buffer.from(content) : content
    const kind = given.kind ?? (given.path.endsWith("/") ? "directory" : "file")
    const defaults = {
      kind,
      mode: kind === "directory" ? 0o755 : 0o644,
      uid: 0,
      gid: 0,
      mtimeSeconds: 1_700_000_000
    }
    parts.push(
      TarWriter.header({ ...defaults, sizeBytes: bytes.length, ...given }),
      bytes,
      TarWriter.padding(bytes.length)
    )
  }
  return Buffer.concat([...parts, TarWriter.closing])
}

export interface TestLayer {
  readonly diffId: Digests.Digest
  readonly blob: Descriptor
  readonly bytes: Uint8Array
}

export const gzipLayer = (items: ReadonlyArray<Item>): TestLayer => {
  const archive = tar(items)
  const bytes = zlib.gzipSync(archive)
  return {
    diffId: Digests.ofBytes(archive),
    blob: { mediaType: MediaType.OciLayerGzip, digest: Digests.ofBytes(bytes), size: bytes.length },
    bytes
  }
}

/** The bytes in small chunks, from an offset on. */
export const opener =
  (bytes: Uint8Array, chunkBytes = 1000) =>
  (offset: number): Stream.Stream<Uint8Array> =>
    Stream.fromIterable(
      Array.from({ length: Math.ceil((bytes.length - offset) / chunkBytes) }, (_, index) =>
        bytes.subarray(offset + index * chunkBytes, Math.min(bytes.length, offset + (index + 1) * chunkBytes))
      )
    )

/** The manifest and config of an image with these layers. */
export const image = (
  layers: ReadonlyArray<TestLayer>,
  more: Partial<NewImage> & { readonly created?: string; readonly architecture?: string } = {}
): NewImage & { readonly id: Digests.Digest } => {
  const { created = "2024-01-01T00:00:00Z", architecture = "amd64", ...rest } = more
  const config = Buffer.from(
    JSON.stringify({
      created,
      architecture,
      os: "linux",
      config: { Cmd: ["sh"] },
      rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) }
    })
  )
  const id = Digests.ofBytes(config)
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.OciManifest,
      config: { mediaType: MediaType.OciConfig, digest: id, size: config.length },
      layers: layers.map((layer) => layer.blob)
    })
  )
  return { manifest, manifestMediaType: MediaType.OciManifest, config, id, ...rest }
}

/** Fetches the layers and stores the image. */
export const store = (
  layers: ReadonlyArray<TestLayer>,
  more: Partial<NewImage> & { readonly created?: string; readonly architecture?: string } = {}
) =>
  Effect.gen(function* () {
    const layerStore = yield* LayerStore
    const images = yield* ImageStore
    let parent: Chain.ChainId | undefined
    for (const { diffId, blob, bytes } of layers)
      parent = (yield* layerStore.fetch({ parent, diffId, blob, open: opener(bytes) })).chainId
    return yield* images.put(image(layers, more))
  })

export const chainOf = (layers: ReadonlyArray<TestLayer>): Chain.ChainId => {
  const chain = Chain.all(layers.map((layer) => layer.diffId)).at(-1)
  if (chain === undefined) throw new Error("no layers")
  return chain
}
