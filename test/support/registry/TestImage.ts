import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { type Header, pack } from "tar-stream"
import type { Descriptor } from "../../../src/core/oci/Descriptor.js"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import type { Platform } from "../../../src/core/oci/Platform.js"
import type { Registry } from "./Registry.js"

export type TestEntry = Partial<Header> & { readonly name: string } & { readonly content?: string | Buffer }

/** A tar with these entries. */
export const tar = (entries: ReadonlyArray<TestEntry>): Effect.Effect<Buffer> =>
  Effect.promise(async () => {
    const packing = pack()
    for (const { content, ...headers } of entries) packing.entry(headers, content ?? "")
    packing.finalize()
    const chunks: Array<Buffer> = []
    for await (const chunk of packing) chunks.push(Buffer.from(chunk as Uint8Array))
    return Buffer.concat(chunks)
  })

export interface TestLayer {
  readonly tar: Buffer
  readonly blob: Buffer
  readonly mediaType: string
}

export const gzipped = (tar: Buffer): TestLayer => ({
  tar,
  blob: gzipSync(tar),
  mediaType: MediaType.OciLayerGzip
})
export const plain = (tar: Buffer): TestLayer => ({ tar, blob: tar, mediaType: MediaType.OciLayer })

export interface TestImage {
  readonly manifest: Buffer
  readonly digest: Digest.Digest
  readonly config: Buffer
  readonly layers: ReadonlyArray<TestLayer>
  readonly descriptor: Descriptor
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

export const descriptorOf = (bytes: Buffer, mediaType: string): Descriptor => ({
  mediaType,
  digest: Digest.ofBytes(bytes),
  size: bytes.length
})

const amd64: Platform = { os: "linux", architecture: "amd64" }

/** An image of these layers. `label` makes images with equal layers differ. */
export const image = (
  layers: ReadonlyArray<TestLayer>,
  options: { readonly platform?: Platform; readonly label?: string; readonly docker?: boolean } = {}
): TestImage => {
  const platform = options.platform ?? amd64
  const config = json({
    ...platform,
    config: { Cmd: ["/hello"], Labels: { label: options.label ?? "" } },
    rootfs: { type: "layers", diff_ids: layers.map(({ tar }) => Digest.ofBytes(tar)) },
    history: layers.map((_, i) => ({ created: "2024-01-01T00:00:00Z", created_by: `step ${i}` }))
  })
  const isDocker = options.docker === true
  const mediaType = isDocker ? MediaType.DockerManifest : MediaType.OciManifest
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: descriptorOf(config, isDocker ? MediaType.DockerConfig : MediaType.OciConfig),
    layers: layers.map(({ blob, mediaType }) =>
      descriptorOf(blob, isDocker ? MediaType.DockerLayerGzip : mediaType)
    )
  })
  const descriptor = { ...descriptorOf(manifest, mediaType), platform }
  return { manifest, digest: descriptor.digest, config, layers, descriptor }
}

/** Puts an image's parts into a repository, and its manifest under a tag. */
export const put = (registry: Registry, repository: string, tag: string, image: TestImage): void => {
  registry.content.putBlob(repository, image.config)
  for (const { blob } of image.layers) registry.content.putBlob(repository, blob)
  registry.content.putManifest(repository, tag, image.descriptor.mediaType, image.manifest)
}

/** Puts several images and an index of them under a tag; gives the index's digest. */
export const putIndex = (
  registry: Registry,
  repository: string,
  tag: string,
  images: ReadonlyArray<TestImage>
): Digest.Digest => {
  for (const image of images) put(registry, repository, image.digest, image)
  const index = json({
    schemaVersion: 2,
    mediaType: MediaType.OciIndex,
    manifests: images.map(({ descriptor }) => descriptor)
  })
  return registry.content.putManifest(repository, tag, MediaType.OciIndex, index)
}
