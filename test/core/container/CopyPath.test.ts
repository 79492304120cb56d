import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as CopyPath from "../../../src/core/container/CopyPath.js"

const path = FastCheck.array(FastCheck.constantFrom("a", "b", "..", ".", ""), { maxLength: 6 }).map(
  (names) => `/${names.join("/")}`
)

describe("the ends of a copy", () => {
  it.each([
    ["box:/etc", "box", "/etc"],
    ["box:", "box", ""],
    ["box:a:b", "box", "a:b"],
    ["/a:b", undefined, "/a:b"],
    ["./box:a", undefined, "./box:a"],
    ["../box:a", undefined, "../box:a"],
    ["-", undefined, "-"]
  ])("%s", (text, container, at) => {
    expect(CopyPath.parse(text)).toEqual({ container, path: at })
  })

  it.prop("are clean and absolute, and say the same at their end", [path], ([asked]) => {
    const found = CopyPath.absolute("/work", asked)
    expect(CopyPath.absolute("/elsewhere", found)).toBe(found)
    expect(found).toMatch(/^\/(?:[ab](?:\/[ab])*)?(?:\/?\.?)$/)
    expect(CopyPath.assertsDirectory(found)).toBe(CopyPath.assertsDirectory(asked) || found === "/")
  })

  it.prop("split into a directory and a name that make them again", [path], ([asked]) => {
    const whole = CopyPath.absolute("/", asked)
    const { directory, name } = CopyPath.split(whole)
    const joined = name === "/" ? "/" : `${directory === "/" ? "" : directory}/${name}`
    expect([joined, `${joined}/`]).toContain(whole)
  })

  it("a link leads on from where it is", () => {
    expect(CopyPath.linked("/a/b", "c")).toBe("/a/c")
    expect(CopyPath.linked("/a/b", "../../../c")).toBe("/c")
    expect(CopyPath.linked("/a/b", "/c")).toBe("/c")
  })
})

describe("where a copy goes", () => {
  const file = (path: string, name?: string) => ({ path, isDirectory: false, name })
  const tree = (path: string) => ({ path, isDirectory: true })
  it.each([
    [file("/s/f"), "/d", "directory", "/d", "f"],
    [file("/s/real", "link"), "/d", "directory", "/d", "link"],
    [file("/s/f"), "/d/g", "other", "/d", "g"],
    [file("/s/f"), "/d/g", "nothing", "/d", "g"],
    [tree("/s/t"), "/d", "directory", "/d", "t"],
    [tree("/s/t/."), "/d", "directory", "/d", "."],
    [tree("/"), "/d", "directory", "/d", "."],
    [tree("/s/t"), "/d/new", "nothing", "/d", "new"],
    [tree("/s/t/."), "/d/new", "nothing", "/d", "new"],
    [tree("/s/t"), "/d/new/", "nothing", "/d", "new"]
  ] as const)("%j to %s (%s)", (source, path, found, directory, name) => {
    expect(CopyPath.place(source, { path, found })).toEqual(Either.right({ directory, name }))
  })

  it("a directory replaces no file, and a file makes no directory", () => {
    expect(CopyPath.place(tree("/t"), { path: "/f", found: "other" })).toMatchObject({
      left: { message: "cannot copy directory" }
    })
    expect(CopyPath.place(file("/f"), { path: "/d/", found: "nothing" })).toMatchObject({
      left: { message: "no such directory" }
    })
  })
})
