import { describe, expect, it } from "vitest"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as Metadata from "../../../src/core/output/Metadata.js"

const digest = Digest.ofBytes("manifest")
const descriptor = { mediaType: MediaType.OciManifest, digest, size: 7, annotations: { a: "b" } }
const amd64 = { os: "linux", architecture: "amd64" }
const nothing = { descriptor: undefined, config: undefined, names: [], provenance: [] }

const keys = (result: Metadata.BuiltResult): ReadonlyArray<string> =>
  Object.keys(JSON.parse(Metadata.render(result)))

describe("the metadata of a build", () => {
  it("has buildx's keys in order", () => {
    const config = Digest.ofBytes("config")
    const text = Metadata.render({
      descriptor,
      config,
      names: ["a:1", "b:1"],
      provenance: [[amd64, { x: 1 }]]
    })
    expect(JSON.parse(text)).toEqual({
      "buildx.build.provenance": { x: 1 },
      "containerimage.config.digest": config,
      "containerimage.descriptor": descriptor,
      "containerimage.digest": digest,
      "image.name": "a:1,b:1"
    })
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(text)).sort())
  })

  it("tells the provenance of several platforms apart, and of files no image", () => {
    const provenance = [[amd64, 1] as const, [{ ...amd64, architecture: "arm64" }, 2] as const]
    expect(keys({ ...nothing, descriptor, provenance })).toEqual([
      "buildx.build.provenance/linux/amd64",
      "buildx.build.provenance/linux/arm64",
      "containerimage.descriptor",
      "containerimage.digest"
    ])
    expect(keys(nothing)).toEqual([])
  })
})
