import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as EntryPath from "../../../src/core/layer/EntryPath.js"
import * as PathText from "../../../src/core/layer/PathText.js"
import * as Whiteout from "../../../src/core/layer/Whiteout.js"

describe("an entry's path", () => {
  it.each([
    ["a/b", "a/b"],
    ["./a//b/", "a/b"],
    ["/etc/passwd", "etc/passwd"],
    ["a/./b/../c", "a/c"],
    ["./", ""],
    ["..a/...", "..a/..."],
    [".hidden/x", ".hidden/x"]
  ])("%s is %s below the root", (path, expected) => {
    expect(Either.getOrThrow(EntryPath.normalize(path))).toBe(expected)
  })

  it.each(["..", "../a", "a/../../b", "/..", "a\0b"])("%j is refused", (path) => {
    expect(Either.isLeft(EntryPath.normalize(path))).toBe(true)
  })

  it.prop(
    "never has a component that could leave",
    [FastCheck.string({ unit: FastCheck.constantFrom("a", ".", "/") })],
    ([path]) => {
      const names = Either.match(EntryPath.normalize(path), {
        onLeft: () => [],
        onRight: (clean) => clean.split("/")
      })
      expect(names.filter((name) => name === "." || name === "..")).toEqual([])
    }
  )
})

describe("names as text", () => {
  it.prop(
    "are the same bytes again, also where they are no UTF-8",
    [FastCheck.uint8Array({ maxLength: 12 })],
    ([bytes]) => {
      expect(PathText.encode(PathText.decode(bytes))).toEqual(bytes)
    }
  )

  it("are ordinary text where they are UTF-8", () => {
    expect(PathText.decode(Buffer.from("日本🎌"))).toBe("日本🎌")
    expect(PathText.hasEscapes("日本🎌")).toBe(false)
    expect(PathText.hasEscapes(PathText.decode(Uint8Array.of(0x61, 0xff)))).toBe(true)
  })
})

describe("a whiteout", () => {
  it("deletes a name or hides a directory", () => {
    expect(Whiteout.ofBaseName(".wh.passwd")).toEqual(Either.right({ _tag: "Delete", name: "passwd" }))
    expect(Whiteout.ofBaseName(".wh..wh..opq")).toEqual(Either.right({ _tag: "Opaque" }))
    expect(Whiteout.ofBaseName(".wh")).toEqual(Either.right({ _tag: "None" }))
  })

  it.each([".wh.", ".wh..", ".wh...", ".wh..wh.plnk"])("cannot be %s", (name) => {
    expect(Either.isLeft(Whiteout.ofBaseName(name))).toBe(true)
  })
})
