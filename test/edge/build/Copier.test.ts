import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { write } from "../../engine/build/building.js"
import { copy, directories, tree } from "./trees.js"

const scenario = (name: string, work: (dir: string) => void) =>
  it.scoped(name, () => Effect.map(directories, work))

const modeOf = (path: string): number => fs.lstatSync(path).mode & 0o7777

describe("where a source goes", () => {
  scenario("a file to a name, to a directory by slash, into one that exists", (dir) => {
    write(`${dir}/src`, { f: "f" })
    write(`${dir}/root`, { "there/": "" })
    copy(dir, "f", "/name")
    copy(dir, "f", "/new/")
    copy(dir, "f", "/there")
    expect(tree(dir)).toEqual({
      "/name": "f",
      "/new": "/",
      "/new/f": "f",
      "/there": "/",
      "/there/f": "f"
    })
  })

  scenario("a directory's contents, merged with what is there", (dir) => {
    write(`${dir}/src`, { "d/a": "new", "d/sub/b": "b" })
    write(`${dir}/root`, { "x/a": "old", "x/kept": "kept", "x/sub/c": "c" })
    copy(dir, "d", "/x")
    expect(tree(dir)).toEqual({
      "/x": "/",
      "/x/a": "new",
      "/x/kept": "kept",
      "/x/sub": "/",
      "/x/sub/b": "b",
      "/x/sub/c": "c"
    })
  })

  scenario("links below the source stay links, the source itself is followed", (dir) => {
    write(`${dir}/src`, { real: "r", link: "-> real", "d/inner": "-> ../real" })
    copy(dir, "link", "/file")
    copy(dir, "d", "/d")
    expect(tree(dir)).toEqual({ "/d": "/", "/d/inner": "-> ../real", "/file": "r" })
  })
})

describe("links in the destination", () => {
  scenario("are followed, inside the root only", (dir) => {
    fs.mkdirSync(`${dir}/outside`)
    write(`${dir}/src`, { f: "f" })
    write(`${dir}/root`, { "data/": "", rel: "-> data", out: `-> ${dir}/outside`, up: "-> ../../../outside" })
    copy(dir, "f", "/rel/")
    copy(dir, "f", "/out/")
    copy(dir, "f", "/up/")
    expect(fs.readdirSync(`${dir}/outside`)).toEqual([])
    expect(tree(dir)["/data/f"]).toBe("f")
    expect(tree(dir)[`${dir}/outside/f`]).toBe("f")
    expect(tree(dir)["/outside/f"]).toBe("f")
  })

  scenario("a loop of them fails", (dir) => {
    write(`${dir}/src`, { f: "f" })
    write(`${dir}/root`, { a: "-> b", b: "-> a" })
    expect(() => copy(dir, "f", "/a/x")).toThrow("too many links")
  })

  scenario("a link where a file goes is followed, below a copied directory it is replaced", (dir) => {
    write(`${dir}/src`, { f: "new", "d/f": "new" })
    write(`${dir}/root`, { target: "old", f: "-> target", "d/f": "-> ../target" })
    copy(dir, "d", "/d")
    expect(tree(dir)["/d/f"]).toBe("new")
    expect(tree(dir)["/target"]).toBe("old")
    copy(dir, "f", "/f")
    expect(tree(dir)["/target"]).toBe("new")
  })
})

describe("what replaces what", () => {
  scenario("a directory and a file never each other", (dir) => {
    write(`${dir}/src`, { "d/x/": "", "e/x": "file" })
    write(`${dir}/root`, { "d/x": "file", "e/x/": "" })
    expect(() => copy(dir, "d", "/d")).toThrow("cannot copy to non-directory: /d/x")
    expect(() => copy(dir, "e", "/e")).toThrow("cannot replace to directory /e/x with file")
  })

  scenario("an archive's entries win, and directories that it does not name keep their mode", (dir) => {
    write(`${dir}/src`, { "x/": "", y: "file", "d/f": "f" })
    write(`${dir}/root`, { x: "file", "y/z": "z", "d/": "" })
    fs.chmodSync(`${dir}/root/d`, 0o700)
    copy(dir, "", "/", { conflicts: { replace: true, named: new Set(["x"]) } })
    expect(tree(dir)).toEqual({ "/d": "/", "/d/f": "f", "/x": "/", "/y": "file" })
    expect(modeOf(`${dir}/root/d`)).toBe(0o700)
  })
})

describe("attributes", () => {
  scenario("set-id bits, times and hard links are kept; the context's files are root's", (dir) => {
    write(`${dir}/src`, { "d/a": "a" })
    fs.linkSync(`${dir}/src/d/a`, `${dir}/src/d/b`)
    fs.chownSync(`${dir}/src/d/a`, 1000, 1000)
    fs.chmodSync(`${dir}/src/d/a`, 0o4755)
    fs.utimesSync(`${dir}/src/d/a`, 1000, 1000)
    copy(dir, "d", "/d")
    const a = fs.statSync(`${dir}/root/d/a`)
    expect([a.uid, a.gid, a.mode & 0o7777, a.mtimeMs, a.nlink]).toEqual([0, 0, 0o4755, 1_000_000, 2])
  })

  scenario("an existing destination keeps its mode, what is below takes the source's over", (dir) => {
    write(`${dir}/src`, { "d/sub/f": "f" })
    fs.chmodSync(`${dir}/src/d`, 0o711)
    fs.chmodSync(`${dir}/src/d/sub`, 0o711)
    write(`${dir}/root`, { "d/sub/": "" })
    fs.chmodSync(`${dir}/root/d`, 0o700)
    copy(dir, "d", "/d")
    expect([modeOf(`${dir}/root/d`), modeOf(`${dir}/root/d/sub`)]).toEqual([0o700, 0o711])
  })

  scenario("--chown and --chmod reach what is made on the way", (dir) => {
    write(`${dir}/src`, { f: "f" })
    copy(dir, "f", "/a/b/f", { owner: { uid: 5, gid: 6 }, mode: { _tag: "Octal", mode: 0o640 } })
    const made = fs.statSync(`${dir}/root/a/b`)
    const file = fs.statSync(`${dir}/root/a/b/f`)
    expect([made.uid, made.gid, file.uid, file.mode & 0o7777]).toEqual([5, 6, 5, 0o640])
  })
})

describe("patterns", () => {
  scenario("directories come along only for what is in them", (dir) => {
    write(`${dir}/src`, { "a/x/f.go": "f", "a/y/f.c": "c", "b/f.go": "f" })
    copy(dir, "", "/", { included: (path) => path.endsWith(".go") })
    expect(Object.keys(tree(dir))).toEqual(["/a", "/a/x", "/a/x/f.go", "/b", "/b/f.go"])
  })

  scenario("what is excluded is not there", (dir) => {
    write(`${dir}/src`, { "a/keep": "k", "a/drop": "d", "b/drop": "d" })
    copy(dir, "", "/", { excluded: (path) => path.endsWith("drop") })
    expect(Object.keys(tree(dir))).toEqual(["/a", "/a/keep", "/b"])
  })
})
