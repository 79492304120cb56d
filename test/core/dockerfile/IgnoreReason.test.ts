import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as IgnoreFile from "../../../src/core/dockerfile/IgnoreFile.js"
import * as IgnoreReason from "../../../src/core/dockerfile/IgnoreReason.js"

describe("the line that hides a path", () => {
  const text = "# comment\n\n*.log\n!keep.log\n  /build/ \nkeep*\n"

  it.each([
    ["a.log", { line: 3, pattern: "*.log" }],
    ["build/x/y", { line: 5, pattern: "/build/" }],
    ["keep.log", { line: 6, pattern: "keep*" }],
    ["src/a.ts", undefined]
  ])("of %s", (path, reason) => expect(IgnoreReason.hides(text, path)).toEqual(reason))

  const line = FastCheck.constantFrom("a", "!a", "a/b", "!a/b", "*", "!*", "**/c", "# a", "", "!c")

  it.prop(
    "is there exactly for what is hidden, and without it and what follows the path is visible",
    [FastCheck.array(line, { maxLength: 8 }), FastCheck.constantFrom("a", "a/b", "a/b/c", "c", "d")],
    ([lines, path]) => {
      const hidden = (some: ReadonlyArray<string>) =>
        IgnoreFile.isExcluded(Either.getOrThrow(IgnoreFile.compile(IgnoreFile.read(some.join("\n")))), path)
      const reason = IgnoreReason.hides(lines.join("\n"), path)
      expect(reason !== undefined).toBe(hidden(lines))
      if (reason !== undefined) expect(hidden(lines.slice(0, reason.line - 1))).toBe(false)
    }
  )
})
