import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { Dockerfile } from "../../../src/core/dockerfile/Dockerfile.js"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as Printer from "../../../src/core/dockerfile/Printer.js"
import * as SourceRange from "../../../src/core/dockerfile/SourceRange.js"
import { arbitraryDockerfile } from "./arbitraryDockerfile.js"

/** The tree without what describes its text. */
const bare = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== "object" || value === null) return value
  const isInstruction = "flags" in value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === "range") return [key, SourceRange.none]
      if (key === "emptyContinuations") return [key, []]
      return [key, isInstruction && key === "text" ? "" : bare(inner)]
    })
  )
}

const parsed = (text: string): Dockerfile => Either.getOrThrow(Parser.parse(text))

describe("printing", () => {
  it.prop(
    "then parsing gives the same tree",
    [arbitraryDockerfile],
    ([dockerfile]) => {
      expect(bare(parsed(Printer.print(dockerfile)))).toEqual(bare(dockerfile))
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.prop("twice gives the same text", [arbitraryDockerfile], ([dockerfile]) => {
    const text = Printer.print(dockerfile)
    expect(Printer.print(parsed(text))).toBe(text)
  })

  it("puts every instruction on one line and keeps words as they were", () => {
    const text = [
      "# escape=`",
      "",
      "from  a  as b",
      "# why",
      "RUN --mount='type=ssh' x `",
      "  # gone",
      "  && y",
      'CMD [ "a","b" ]',
      "COPY <<-E c:`x",
      "\tbody",
      "\tE",
      "RUN -- --odd"
    ].join("\n")
    expect(Printer.print(parsed(text))).toBe(
      [
        "# escape=`",
        "from a as b",
        "# why",
        "RUN --mount=type=ssh x   && y",
        'CMD ["a", "b"]',
        "COPY <<-E c:`x",
        "\tbody",
        "E",
        "RUN -- --odd",
        ""
      ].join("\n")
    )
  })
})
