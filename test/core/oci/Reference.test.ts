import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as Reference from "../../../src/core/oci/Reference.js"

const sha = Digest.ofBytes("x")

const component = FastCheck.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/)
const domain = FastCheck.oneof(
  FastCheck.constantFrom("docker.io", "localhost", "[2001:db8::1]:5000"),
  FastCheck.stringMatching(/^[a-zA-Z0-9]{1,8}\.[a-zA-Z0-9]{1,5}(:[0-9]{1,5})?$/)
)
const optional = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined })
const reference = FastCheck.record({
  domain,
  path: FastCheck.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/")),
  tag: optional(FastCheck.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)),
  digest: optional(FastCheck.string().map((text) => Digest.ofBytes(text)))
}).map((reference) =>
  reference.domain === "docker.io" && !reference.path.includes("/")
    ? { ...reference, path: `library/${reference.path}` }
    : reference
)

const parsed = (input: string) => Either.getOrThrow(Reference.parse(input))
const message = (input: string) => Either.getOrThrow(Either.flip(Reference.parse(input))).message

describe("Reference", () => {
  it.prop("the full form reads back", [reference], ([reference]) => {
    expect(parsed(Reference.print(reference))).toEqual(reference)
    expect(Either.getOrThrow(Reference.parseStrict(Reference.print(reference)))).toEqual(reference)
  })

  it.prop("the familiar form reads back", [reference], ([reference]) => {
    expect(parsed(Reference.familiar(reference))).toEqual(reference)
  })

  it.prop("no text makes it throw", [FastCheck.string()], ([text]) => {
    for (const result of [Reference.parse(text), Reference.parseStrict(text)]) {
      if (Either.isRight(result)) expect(Reference.print(result.right).length).toBeGreaterThan(0)
    }
  })

  it("fills in what people leave out", () => {
    expect(Reference.print(Reference.withDefaultTag(parsed("busybox")))).toBe(
      "docker.io/library/busybox:latest"
    )
    expect(Reference.print(parsed("index.docker.io/busybox"))).toBe("docker.io/library/busybox")
    expect(Reference.print(parsed("user/app:1"))).toBe("docker.io/user/app:1")
    expect(Reference.print(parsed("localhost/app"))).toBe("localhost/app")
    expect(parsed("localhost:5000")).toEqual({
      domain: "docker.io",
      path: "library/localhost",
      tag: "5000",
      digest: undefined
    })
  })

  it("shows Docker Hub's images by their short names", () => {
    expect(Reference.familiar(parsed("docker.io/library/busybox:1"))).toBe("busybox:1")
    expect(Reference.familiar(parsed("docker.io/library/a/b"))).toBe("library/a/b")
    expect(Reference.familiar(parsed(`quay.io/a/b@${sha}`))).toBe(`quay.io/a/b@${sha}`)
  })

  it("asks for the digest before the tag", () => {
    expect(Reference.target(parsed(`a:1@${sha}`))).toBe(sha)
    expect(Reference.target(parsed("a:1"))).toBe("1")
    expect(Reference.target(parsed("a"))).toBe("latest")
  })

  it("says in Docker's words what is wrong", () => {
    expect(message("")).toBe("invalid reference format")
    expect(message("a b")).toBe("invalid reference format")
    expect(message("Ab/c/D")).toBe("invalid reference format: repository name (c/D) must be lowercase")
    expect(message("a@sha256:0123456789abcdef0123456789abcdef")).toBe("invalid checksum digest length")
    expect(message(`a/${"b".repeat(256)}`)).toBe("repository name must not be more than 255 characters")
    expect(message(Digest.hex(sha))).toBe(
      `invalid repository name (${Digest.hex(sha)}), cannot specify 64-byte hexadecimal strings`
    )
  })
})
