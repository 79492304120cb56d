import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as ReceivedConfig from "../../../src/core/oci/ReceivedConfig.js"
import * as ReceivedManifest from "../../../src/core/oci/ReceivedManifest.js"

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const digest = Digest.ofBytes("x")
const config = { mediaType: MediaType.OciConfig, digest, size: 1 }
const layer = { mediaType: MediaType.OciLayerGzip, digest, size: 1 }
const manifest = { schemaVersion: 2, mediaType: MediaType.OciManifest, config, layers: [layer] }
const index = {
  schemaVersion: 2,
  mediaType: MediaType.OciIndex,
  manifests: [{ ...layer, mediaType: MediaType.OciManifest }]
}
const reason = (value: unknown, contentType = "") => {
  const result = ReceivedManifest.decode(bytes(value), contentType)
  return Either.isLeft(result) ? result.left.reason : result.right._tag
}

describe("ReceivedManifest", () => {
  it("tells images and indexes apart and keeps the bytes", () => {
    const raw = new TextEncoder().encode(` ${JSON.stringify({ ...manifest, unknownField: 1 })}\n`)
    const received = Either.getOrThrow(ReceivedManifest.decode(raw, MediaType.OciManifest))
    expect(received).toMatchObject({ _tag: "Image", bytes: raw, digest: Digest.ofBytes(raw), manifest })
    expect(reason(index)).toBe("Index")
  })

  it("takes the media type from whoever says it", () => {
    const { mediaType: _, ...plain } = manifest
    expect(reason(plain)).toBe("Image")
    expect(reason(plain, `${MediaType.DockerManifest}; charset=utf-8`)).toBe("Image")
    expect(reason(manifest, "application/json")).toBe("Image")
    expect(Either.getOrThrow(ReceivedManifest.decode(bytes(plain), MediaType.DockerManifest)).mediaType).toBe(
      MediaType.DockerManifest
    )
  })

  it("refuses bytes that could be read in two ways", () => {
    expect(reason({ ...manifest, manifests: [] })).toBe("Ambiguous")
    expect(reason({ ...index, layers: [] })).toBe("Ambiguous")
    expect(reason(manifest, MediaType.DockerManifest)).toBe("MediaTypeConflict")
    expect(reason(manifest, MediaType.OciIndex)).toBe("MediaTypeConflict")
    expect(reason({ ...manifest, mediaType: MediaType.OciIndex })).toBe("MediaTypeConflict")
    expect(reason({ ...index, mediaType: MediaType.OciManifest })).toBe("MediaTypeConflict")
  })

  it("refuses what it cannot use, each with its reason", () => {
    expect(reason({ schemaVersion: 1, fsLayers: [] })).toBe("SchemaVersion1")
    expect(reason({}, "application/vnd.docker.distribution.manifest.v1+prettyjws")).toBe("SchemaVersion1")
    expect(reason([])).toBe("NotJson")
    expect(reason({ ...manifest, mediaType: "text/html" })).toBe("Unsupported")
    expect(reason({ ...manifest, layers: [{ ...layer, digest: "sha256:../../etc" }] })).toBe("Invalid")
    expect(reason({ ...manifest, layers: [{ ...layer, size: -1 }] })).toBe("Invalid")
    expect(
      Either.getOrThrow(
        Either.flip(ReceivedManifest.decode(new Uint8Array(ReceivedManifest.sizeMax + 1), ""))
      ).reason
    ).toBe("TooLarge")
  })

  it.prop("never throws", [FastCheck.uint8Array(), FastCheck.string()], ([raw, type]) => {
    expect(Either.isEither(ReceivedManifest.decode(raw, type))).toBe(true)
  })
  it.prop("never throws on JSON", [FastCheck.json(), FastCheck.string()], ([json, type]) => {
    expect(Either.isEither(ReceivedManifest.decode(new TextEncoder().encode(json), type))).toBe(true)
  })
})

describe("ReceivedConfig", () => {
  const image = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digest] } }
  it("gives one diff id a layer", () => {
    const received = Either.getOrThrow(ReceivedConfig.decode(bytes(image)))
    const one = { schemaVersion: 2 as const, config, layers: [layer] }
    expect(ReceivedConfig.diffIds(one, received)).toEqual(Either.right([digest]))
    expect(
      Either.getOrThrow(Either.flip(ReceivedConfig.diffIds({ ...one, layers: [] }, received))).reason
    ).toBe("LayerCount")
  })
  it("says where a config is wrong", () => {
    const error = Either.getOrThrow(Either.flip(ReceivedConfig.decode(bytes({ ...image, os: 1 }))))
    expect(error.message).toMatch(/^invalid image config sha256:[0-9a-f]{64}: os: /)
  })
})
