import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import * as Platform from "../../../src/core/oci/Platform.js"
import * as PlatformMatch from "../../../src/core/oci/PlatformMatch.js"

const host: Platform.Platform = { os: "linux", architecture: "amd64" }
const parse = (text: string) => Either.getOrThrow(Platform.parse(text, host))

const entry = (platform: string | undefined, annotations?: Record<string, string>) => ({
  mediaType: MediaType.OciManifest,
  digest: Digest.ofBytes(`${platform}`),
  size: 1,
  ...(platform === undefined ? {} : { platform: parse(platform) }),
  ...(annotations === undefined ? {} : { annotations })
})
const index = (...platforms: ReadonlyArray<string | undefined>) => ({
  schemaVersion: 2 as const,
  manifests: platforms.map((platform) => entry(platform))
})
const chosen = (wanted: string, ...platforms: ReadonlyArray<string | undefined>) =>
  Either.map(PlatformMatch.choose(index(...platforms), parse(wanted)), (found) =>
    found.platform === undefined ? "any" : Platform.print(found.platform)
  )

describe("Platform", () => {
  it("reads full and short specifiers", () => {
    expect(parse("linux/arm64/v8")).toEqual({ os: "linux", architecture: "arm64" })
    expect(parse("linux/aarch64")).toEqual({ os: "linux", architecture: "arm64" })
    expect(parse("Linux/x86_64")).toEqual(host)
    expect(parse("arm")).toEqual({ os: "linux", architecture: "arm", variant: "v7" })
    expect(parse("armel")).toEqual({ os: "linux", architecture: "arm", variant: "v6" })
    expect(parse("windows")).toEqual({ os: "windows", architecture: "amd64" })
    expect(Platform.print(parse("linux/arm/7"))).toBe("linux/arm/v7")
  })

  it("refuses what is no specifier", () => {
    for (const text of ["", "/", "linux/", "a/b/c/d", "linux amd64"]) {
      expect(Either.isLeft(Platform.parse(text, host))).toBe(true)
    }
  })

  const words = FastCheck.constantFrom(
    "linux",
    "arm",
    "arm64",
    "aarch64",
    "amd64",
    "v1",
    "v8",
    "v7",
    "8",
    "x",
    "riscv64"
  )
  it.prop("one spelling each", [words, words, words], ([os, architecture, variant]) => {
    const once = Platform.normalise({ os, architecture, variant })
    expect(Platform.normalise(once)).toEqual(once)
    expect(parse(Platform.print(once))).toEqual(once)
  })
})

describe("PlatformMatch", () => {
  it("takes the exact platform, wherever it stands", () => {
    expect(chosen("linux/amd64", "linux/386", "linux/arm64", "linux/amd64")).toEqual(
      Either.right("linux/amd64")
    )
    expect(chosen("linux/arm64/v8", "linux/arm/v7", "linux/arm64")).toEqual(Either.right("linux/arm64"))
  })

  it("falls back to what the processor can run", () => {
    expect(chosen("linux/amd64", "linux/arm64", "linux/386")).toEqual(Either.right("linux/386"))
    expect(chosen("linux/arm/v7", "linux/arm/v5", "linux/arm/v6")).toEqual(Either.right("linux/arm/v6"))
    expect(chosen("linux/arm64", "linux/arm/v7")).toEqual(Either.right("linux/arm/v7"))
    expect(chosen("linux/arm/v6", "linux/arm/v7")._tag).toBe("Left")
    expect(chosen("linux/386", "linux/amd64")._tag).toBe("Left")
    expect(chosen("linux/amd64/v3", "linux/amd64", "linux/amd64/v2")).toEqual(Either.right("linux/amd64/v2"))
  })

  it("takes an entry that names no platform when nothing else matches", () => {
    expect(chosen("linux/amd64", undefined, "linux/amd64")).toEqual(Either.right("linux/amd64"))
    expect(chosen("linux/amd64", undefined)).toEqual(Either.right("any"))
  })

  it("never takes an attestation", () => {
    const attested = {
      schemaVersion: 2 as const,
      manifests: [
        entry("unknown/unknown", { "vnd.docker.reference.type": "attestation-manifest" }),
        entry("linux/arm64")
      ]
    }
    expect(PlatformMatch.images(attested)).toHaveLength(1)
    expect(PlatformMatch.choose(attested, host)._tag).toBe("Left")
  })

  it("says what there is instead", () => {
    const error = Either.getOrThrow(
      Either.flip(PlatformMatch.choose(index("linux/arm64", "linux/arm/v7"), host))
    )
    expect(error.message).toBe(
      "no matching manifest for linux/amd64 in the manifest list entries (it has linux/arm64, linux/arm/v7)"
    )
  })
})
