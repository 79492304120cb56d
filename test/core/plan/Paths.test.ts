import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ExposedPort from "../../../src/core/plan/ExposedPort.js"
import * as FileMode from "../../../src/core/plan/FileMode.js"
import * as PathPattern from "../../../src/core/plan/PathPattern.js"
import * as TreePath from "../../../src/core/plan/TreePath.js"

const paths = FastCheck.array(FastCheck.constantFrom("a", "..", ".", "", "b c"), { maxLength: 6 }).map(
  (parts) => parts.join("/")
)

describe("paths", () => {
  it.prop("cleaning is idempotent and never leaves the root", [paths], ([path]) => {
    const absolute = TreePath.absolute(path)
    expect(TreePath.clean(absolute)).toBe(absolute)
    expect(absolute).toMatch(/^\//)
    expect(absolute.split("/")).not.toContain("..")
  })

  it.each([
    ["/w", "", "/w/"],
    ["/w", ".", "/w/"],
    ["/w/", "x", "/w/x"],
    ["/w", "x/", "/w/x/"],
    ["", "x", "/x"],
    ["/w", "/x/", "/x/"],
    ["/w", "../x", "/x"]
  ])("the destination of %s and %j is %s", (workdir, path, expected) => {
    expect(TreePath.destination(workdir, path)).toBe(expected)
  })
})

describe("patterns are those of Go's filepath.Match", () => {
  it.each([
    ["a*c", "abc", true],
    ["a*c", "a/c", false],
    ["a?c", "a/c", false],
    ["[^a]", "b", true],
    ["[^a]", "/", false],
    ["[[]x]", "[x]", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["[b-a]", "a", false],
    ["[]a]", "]", false],
    ["x.y", "xzy", false]
  ])("%s matches %s: %s", (pattern, path, expected) => {
    expect(PathPattern.compile(pattern)?.test(path) ?? false).toBe(expected)
  })

  it.prop(
    "a name without wildcards matches itself only",
    [FastCheck.stringMatching(/^[a-z.+()|^$]{1,6}$/)],
    ([name]) => {
      expect(PathPattern.compile(name)?.test(name)).toBe(true)
      expect(PathPattern.compile(name)?.test(`${name}x`)).toBe(false)
    }
  )

  it.prop("no pattern throws", [FastCheck.string()], ([pattern]) => {
    PathPattern.compile(pattern)?.test("a")
  })
})

describe("modes", () => {
  const applied = (text: string, mode: number, directory = false) =>
    Either.map(FileMode.parse(text), (parsed) => FileMode.apply(parsed, mode, directory))
  it.each([
    ["0755", 0o600, 0o755],
    ["4711", 0o600, 0o4711],
    ["u+x", 0o644, 0o744],
    ["+x", 0o644, 0o755],
    ["go-rwx", 0o755, 0o700],
    ["a=r,u+w", 0o777, 0o644],
    ["g=u", 0o750, 0o770],
    ["u+s", 0o755, 0o4755]
  ])("%s of %o", (text, mode, expected) => {
    expect(applied(text, mode)).toEqual(Either.right(expected))
  })
  it("X is for directories and what is executable already", () => {
    expect(applied("a+X", 0o644)).toEqual(Either.right(0o644))
    expect(applied("a+X", 0o644, true)).toEqual(Either.right(0o755))
  })
  it.each(["64a", "10000", "", "u!x"])("%s is refused", (text) => {
    expect(Either.isLeft(FileMode.parse(text))).toBe(true)
  })
})

describe("ports", () => {
  it.each([
    ["80", ["80/tcp"]],
    ["80/UDP", ["80/udp"]],
    ["8000-8002", ["8000/tcp", "8001/tcp", "8002/tcp"]],
    ["127.0.0.1:8080:80/sctp", ["80/sctp"]]
  ])("%s", (word, ports) => {
    expect(ExposedPort.parse(word)).toEqual(Either.right(ports))
  })
  it.each(["", "70000", "80/foo", "2-1", "x"])("%j is none", (word) => {
    expect(Either.isLeft(ExposedPort.parse(word))).toBe(true)
  })
})
