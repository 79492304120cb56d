import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { dangling, find, readText } from "../../../src/edge/host/LayeredTree.js"
import * as TreeCopy from "../../../src/edge/host/TreeCopy.js"
import * as ExtendedAttributes from "../../../src/edge/linux/ExtendedAttributes.js"
import { makeNode } from "../../../src/edge/linux/MakeNode.js"

let root = ""
const write = (file: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  fs.writeFileSync(path.join(root, file), text)
}
const layers = () => [`${root}/top`, `${root}/middle`, `${root}/base`]
const text = (file: string) => readText(layers(), file, 1000)

beforeAll(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-layers-"))
  write("base/etc/passwd", "base")
  write("base/etc/group", "base group")
  write("base/gone/x", "x")
  write("base/opaque/below", "below")
  write("middle/etc/passwd", "middle")
  write("middle/opaque/own", "own")
  write("top/etc/new", "new")
  write("secret", "host's secret")
  makeNode(`${root}/middle/gone`, "character", 0)
  ExtendedAttributes.set(`${root}/middle/opaque`, "trusted.overlay.opaque", Buffer.from("y"))
  fs.symlinkSync("/etc/passwd", `${root}/base/absolute`)
  fs.symlinkSync("../../../../etc/group", `${root}/base/etc/relative`)
  fs.symlinkSync("../secret", `${root}/top/escape`)
  fs.symlinkSync("loop", `${root}/top/loop`)
  fs.symlinkSync("/etc", `${root}/top/conf`)
  execFileSync("mkfifo", [`${root}/top/fifo`])
})
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

describe("the union of layers, unmounted", () => {
  it("shows the topmost file, and directories of all", () => {
    expect(text("/etc/passwd")).toBe("middle")
    expect(text("etc/group")).toBe("base group")
    expect(text("/etc/new")).toBe("new")
    expect(find(layers(), "/etc")).toEqual({
      kind: "directory",
      places: layers().map((layer) => `${layer}/etc`)
    })
  })
  it("hides what is whited out or below an opaque directory", () => {
    expect(find(layers(), "/gone")).toBeUndefined()
    expect(find(layers(), "/gone/x")).toBeUndefined()
    expect(text("/opaque/own")).toBe("own")
    expect(text("/opaque/below")).toBeUndefined()
  })
  it("tells where a link to nothing leads, and nothing of what is there or has no link", () => {
    expect(dangling(layers(), "/escape")).toBe("/secret")
    expect(dangling(layers(), "/escape/../x")).toBe("/x")
    expect(dangling(layers(), "/conf/none/deep")).toBe("/etc/none/deep")
    for (const path of ["/conf/new", "/none", "/etc", "/loop", "/gone"])
      expect([path, dangling(layers(), path)]).toEqual([path, undefined])
  })
  it("follows links inside, and never out", () => {
    expect(text("/absolute")).toBe("middle")
    expect(text("/etc/relative")).toBe("base group")
    expect(text("/conf/new")).toBe("new")
    expect(text("/escape")).toBeUndefined()
    expect(text("/loop")).toBeUndefined()
  })
  it("reads regular files of a bounded size only", () => {
    expect(text("/fifo")).toBeUndefined()
    expect(text("/etc")).toBeUndefined()
    expect(readText(layers(), "/etc/passwd", 3)).toBeUndefined()
  })
})

describe("copying a directory of the union", () => {
  it("keeps owners, modes, links and hard links, and follows nothing", () => {
    write("base/data/sub/file", "content")
    write("base/data/hidden", "x")
    write("middle/data/more", "more")
    fs.linkSync(`${root}/base/data/sub/file`, `${root}/base/data/twin`)
    fs.symlinkSync("../../secret", `${root}/middle/data/out`)
    makeNode(`${root}/top/data-made`, "fifo", 0o600)
    fs.mkdirSync(`${root}/top/data`)
    makeNode(`${root}/top/data/hidden`, "character", 0)
    fs.chmodSync(`${root}/base/data/sub/file`, 0o4711)
    fs.chownSync(`${root}/base/data/sub`, 12, 34)
    fs.chmodSync(`${root}/top/data`, 0o1777)
    const found = find(layers(), "/data")
    const to = `${root}/volume`
    fs.mkdirSync(to)
    if (found?.kind === "directory") TreeCopy.copy(found.places, to)
    expect(fs.readdirSync(to).sort()).toEqual(["more", "out", "sub", "twin"])
    expect(fs.readlinkSync(`${to}/out`)).toBe("../../secret")
    expect(fs.statSync(to).mode & 0o7777).toBe(0o1777)
    expect(fs.statSync(`${to}/sub`)).toMatchObject({ uid: 12, gid: 34 })
    expect(fs.statSync(`${to}/sub/file`)).toMatchObject({
      mode: 0o104711,
      ino: fs.statSync(`${to}/twin`).ino
    })
  })
})
