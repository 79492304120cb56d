import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as Annotation from "../../../src/core/output/Annotation.js"

const arm = { os: "linux", architecture: "arm64" }
const amd = { os: "linux", architecture: "amd64" }

const all = (...texts: ReadonlyArray<string>) =>
  Either.getOrThrow(Either.all(texts.map(Annotation.parse))).flat()

describe("annotations", () => {
  it("go to every manifest, unless something else is said", () => {
    const given = all(
      "a=1",
      "index:b=2",
      "manifest,index:c=3",
      "manifest-descriptor:d=4",
      "index-descriptor:e=x=y"
    )
    expect(Annotation.at(given, "manifest", amd)).toEqual({ a: "1", c: "3" })
    expect(Annotation.at(given, "index")).toEqual({ b: "2", c: "3" })
    expect(Annotation.at(given, "manifest-descriptor", arm)).toEqual({ d: "4" })
    expect(Annotation.at(given, "index-descriptor")).toEqual({ e: "x=y" })
  })

  it("of one platform go to its manifest alone and win there, whatever the order", () => {
    const given = all("manifest[linux/arm64]:a=arm", "a=any")
    expect(Annotation.at(given, "manifest", arm)).toEqual({ a: "arm" })
    expect(Annotation.at(given, "manifest", { ...arm, variant: "v8" })).toEqual({ a: "arm" })
    expect(Annotation.at(given, "manifest", amd)).toEqual({ a: "any" })
    expect(Annotation.stray(given, [amd])).toEqual(arm)
    expect(Annotation.stray(given, [amd, arm])).toBeUndefined()
  })

  it.each([
    ["a", 'invalid annotation "a", expected key=value'],
    ["layer:a=b", 'unknown annotation type "layer"'],
    [
      "manifest[]:a=b",
      'invalid annotation type "manifest[]", expected type and optional platform in square brackets'
    ]
  ])("%s is refused", (text, reason) => expect(Either.merge(Annotation.parse(text))).toBe(reason))
})
