import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ImageLocation from "../../../src/core/oci/ImageLocation.js"

const parsed = (input: string) => Either.getOrThrow(ImageLocation.parse(input))
const message = (input: string) => Either.getOrThrow(Either.flip(ImageLocation.parse(input))).message

const path = FastCheck.stringMatching(/^[a-z./ -]{1,20}$/)
const tag = FastCheck.stringMatching(/^[a-z0-9]{1,5}([-.:/][a-z0-9]{1,5}){0,3}$/)
const name = FastCheck.stringMatching(
  /^([a-z]{1,5}\.[a-z]{1,3}(:[0-9]{1,4})?\/)?[a-z0-9]{1,8}(\/[a-z0-9]{1,8})?(:[A-Za-z0-9]{1,5})?$/
)
const text = FastCheck.oneof(
  name.map((name) => `docker://${name}`),
  name.map((name) => `store:${name}`),
  FastCheck.tuple(FastCheck.constantFrom("oci", "oci-archive"), path).map(
    ([transport, path]) => `${transport}:${path}`
  ),
  FastCheck.tuple(FastCheck.constantFrom("oci", "oci-archive"), path, tag).map((parts) => parts.join(":")),
  FastCheck.tuple(path, name).map(([path, name]) => `docker-archive:${path}:${name}`)
)

describe("ImageLocation", () => {
  it.prop("what is printed reads back as the same place", [text], ([text]) => {
    const location = parsed(text)
    expect(parsed(ImageLocation.print(location))).toEqual(location)
  })

  it.prop("no text makes it throw", [FastCheck.string()], ([text]) => {
    for (const input of [text, `oci:${text}`, `docker://${text}`, `docker-archive:${text}`]) {
      const result = ImageLocation.parse(input)
      if (Either.isLeft(result)) expect(result.left.message).toContain("invalid image location")
    }
  })

  it("fills in what people leave out of a name, and nothing of a layout's tag", () => {
    expect(parsed("docker://busybox")).toMatchObject({ reference: { domain: "docker.io", tag: "latest" } })
    expect(parsed("oci:/a/b")).toEqual({ _tag: "Layout", path: "/a/b", tag: undefined })
    expect(parsed("oci:/a/b:1:2")).toEqual({ _tag: "Layout", path: "/a/b", tag: "1:2" })
    expect(parsed("docker-archive:a.tar:x")).toMatchObject({
      path: "a.tar",
      reference: { path: "library/x", tag: "latest" }
    })
  })

  it("says what is wrong", () => {
    expect(message("busybox")).toBe(
      'invalid image location "busybox": expected one of docker://, store:, oci:, oci-archive:, docker-archive: before the name'
    )
    expect(message("oci:")).toContain("the path is missing")
    expect(message("oci:a:b c")).toContain('"b c" is no tag of an image layout')
    expect(message("docker://A")).toContain("repository name (library/A) must be lowercase")
    expect(message(`docker-archive:a:x@sha256:${"0".repeat(64)}`)).toContain("by tag, not by digest")
  })
})
