import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import { listing, rows } from "../../src/cli/ImageList.js"
import { list } from "../../src/core/display/Listing.js"
import * as Digest from "../../src/core/oci/Digest.js"
import * as MediaType from "../../src/core/oci/MediaType.js"
import { image } from "../engine/StoredImages.js"

const now_ms = Date.parse("2020-06-13T00:00:00Z")
const hello = image("hello", {
  names: ["docker.io/library/hello-world:latest", "docker.io/library/hello-world:1"],
  repoDigests: [`docker.io/library/hello-world@${Digest.ofBytes("m")}`],
  created: "2020-01-03T01:21:37Z",
  layers: [
    {
      diffId: Digest.ofBytes("l"),
      blob: { mediaType: MediaType.OciLayer, digest: Digest.ofBytes("l"), size: 2 },
      sizeBytes: 13336
    }
  ]
})
const stage = image("stage", { created: "2020-06-12T23:59:56Z" })

const listed = (digests: boolean, format?: string) =>
  Either.getOrThrow(
    list(listing(digests), rows([stage, hello], { digests, wholeIds: false, now_ms }), format)
  )

describe("images", () => {
  it("shows a row for each name, and <none> for an image without one", () => {
    const id = Digest.short(hello.record.id)
    expect(listed(false)).toBe(
      `REPOSITORY    TAG       IMAGE ID       CREATED         SIZE
<none>        <none>    ${Digest.short(stage.record.id)}   4 seconds ago   0B
hello-world   latest    ${id}   5 months ago    13.3kB
hello-world   1         ${id}   5 months ago    13.3kB
`
    )
  })
  it("shows digests on demand", () => {
    expect(listed(true, "{{.Tag}} {{.Digest}}")).toBe(
      `<none> <none>\nlatest ${Digest.ofBytes("m")}\n1 ${Digest.ofBytes("m")}\n`
    )
  })
  it("gives an image that is known by digest alone one row", () => {
    const byDigest = image("d", { repoDigests: [`docker.io/library/x@${Digest.ofBytes("m")}`] })
    expect(rows([byDigest], { digests: false, wholeIds: true, now_ms })).toMatchObject([
      { Repository: "x", Tag: "<none>", ID: byDigest.record.id, CreatedSince: "N/A" }
    ])
  })
})
