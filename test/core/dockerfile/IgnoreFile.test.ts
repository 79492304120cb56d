import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as IgnoreFile from "../../../src/core/dockerfile/IgnoreFile.js"

const matcherOf = (...patterns: ReadonlyArray<string>) => Either.getOrThrow(IgnoreFile.compile(patterns))

const excluded = (patterns: ReadonlyArray<string>, path: string) =>
  IgnoreFile.isExcluded(matcherOf(...patterns), path)

const placeOf = (matcher: IgnoreFile.IgnoreMatcher, path: string) =>
  path.split("/").reduce((place, name) => IgnoreFile.enter(matcher, place, name), IgnoreFile.root(matcher))

describe("reading", () => {
  it("cleans patterns and drops comments", () => {
    expect(IgnoreFile.read("\ufeff# no\n/a/./b//c/\n\n  ! /d \r\n #x\ne/../f\n!\n/\n.")).toEqual([
      "a/b/c",
      "!d",
      "#x",
      "f",
      "!",
      "/",
      "."
    ])
  })

  it.each(["!", "a[", "[", "[]a]", "[a-]", "[z-a]", "a\\"])("refuses %j", (pattern) => {
    const compiled = IgnoreFile.compile([pattern])
    expect(Either.isLeft(compiled) && compiled.left.message).toMatch(
      /^(syntax error in pattern: |illegal exclusion pattern: )/
    )
  })
})

describe("a path is left out", () => {
  it.each([
    ["a", "a", true],
    ["a", "a/b/c", true],
    ["a", "b/a", false],
    ["*.md", "x.md", true],
    ["*.md", "d/x.md", false],
    ["*/b", "a/b", true],
    ["*/b", "a/b/c", true],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["**/n", "n", true],
    ["**/n", "a/b/n/c", true],
    ["**/**/n", "a/n", true],
    ["**n", "a/xn", true],
    ["a/**", "a/b/c", true],
    ["a/**", "a", false],
    ["a/**/c", "a/c", true],
    ["a/**/c", "a/x/y/c", true],
    ["a/**/c", "a/xc", false],
    ["a**/c", "ab/c", true],
    ["[a-c]*[^x]", "bz", true],
    ["[a-c]*[^x]", "bx", false],
    ["\\*", "*", true],
    ["\\*", "a", false],
    ["(a).+", "(a).+", true],
    [".", "a", false],
    ["**", "any/thing", true]
  ])("%s over %s: %s", (pattern, path, expected) => {
    expect(excluded([pattern], path)).toBe(expected)
  })

  it("unless a later exception brings it back, and a still later pattern takes it again", () => {
    const patterns = ["*", "!src", "src/*.log", "!src/keep.log"]
    const paths = ["a", "src", "src/a.ts", "src/a.log", "src/keep.log"]
    expect(paths.map((path) => excluded(patterns, path))).toEqual([true, false, false, true, false])
  })

  it("never for the root", () => {
    expect(excluded(["**"], ".")).toBe(false)
  })
})

describe("a walk", () => {
  it("may skip an excluded directory that no exception reaches into", () => {
    const matcher = matcherOf("node_modules", "out", "!out/*/keep", "tmp", "!tmp")
    const may = (path: string) => IgnoreFile.mayIncludeBelow(matcher, placeOf(matcher, path))
    expect([may("node_modules"), may("out"), may("out/a"), may("out/a/b"), may("tmp")]).toEqual([
      false,
      true,
      true,
      false,
      true
    ])
  })

  it("must enter everything once an exception has a **", () => {
    const matcher = matcherOf("a", "!**/keep")
    expect(IgnoreFile.mayIncludeBelow(matcher, placeOf(matcher, "a/b"))).toBe(true)
  })
})

describe("properties", () => {
  const name = FastCheck.stringOf(FastCheck.constantFrom("a", "b", "."), { minLength: 1, maxLength: 3 })
  const path = FastCheck.array(name, { minLength: 1, maxLength: 4 })
    .map((names) => names.join("/"))
    .filter((joined) => !joined.split("/").some((one) => one === "." || one === ".."))
  const piece = FastCheck.constantFrom("a", "b", ".", "*", "?", "**", "/", "**/", "[ab]", "[^a]")
  const pattern = FastCheck.tuple(
    FastCheck.constantFrom("", "", "!"),
    FastCheck.array(piece, { minLength: 1, maxLength: 6 })
  ).map(([mark, pieces]) => mark + pieces.join(""))
  const patterns = FastCheck.array(pattern, { maxLength: 5 })

  it.prop(
    "a directory that may be skipped holds nothing of the context",
    [patterns, path, path],
    ([list, dir, below]) =>
      Either.match(IgnoreFile.compile(IgnoreFile.read(list.join("\n"))), {
        onLeft: () => true,
        onRight: (matcher) =>
          IgnoreFile.mayIncludeBelow(matcher, placeOf(matcher, dir)) ||
          IgnoreFile.isExcluded(matcher, `${dir}/${below}`)
      })
  )

  /** The language's own definition, as a regular expression. */
  const expression = (text: string): RegExp => {
    const tokens = text.match(/\*\*\/?|\*|\?|\[\^?[ab]+\]|./g) ?? []
    const parts = tokens.map((token, index) => {
      if (token.startsWith("**")) return index === tokens.length - 1 ? ".*" : "(?:.*/)?"
      if (token === "*") return "[^/]*"
      if (token === "?") return "[^/]"
      return token.startsWith("[") ? token : token.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    })
    // A leading ** before plain text matches any ending, directory or not.
    const suffix = /^\*\*(?![/*])[^*?[]*$/.test(text) ? `^.*${parts.slice(1).join("")}$` : undefined
    return new RegExp(suffix ?? `^${parts.join("")}$`)
  }

  it.prop("one pattern matches what its definition says", [pattern, path], ([raw, candidate]) => {
    const [cleaned] = IgnoreFile.read(raw.replace(/^!/, ""))
    if (cleaned === undefined || cleaned === "." || cleaned.startsWith("!")) return
    const ancestors = candidate.split("/").map((_, index, names) => names.slice(0, index + 1).join("/"))
    const regular = expression(cleaned)
    expect(excluded([cleaned], candidate)).toBe(ancestors.some((one) => regular.test(one)))
  })
})
