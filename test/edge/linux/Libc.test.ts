import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import * as ExtendedAttributes from "../../../src/edge/linux/ExtendedAttributes.js"
import { tryLock } from "../../../src/edge/linux/Flock.js"
import { SystemCallError } from "../../../src/edge/linux/Libc.js"
import { makeNode } from "../../../src/edge/linux/MakeNode.js"
import { syncFileSystem } from "../../../src/edge/linux/SyncFileSystem.js"

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-linux-"))
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe("extended attributes", () => {
  it("are set, read and listed as bytes, on names that are no UTF-8 too", () => {
    const name = Buffer.concat([Buffer.from(`${dir}/x`), Buffer.from([0xff, 0xfe])])
    fs.writeFileSync(name, "")
    const value = Uint8Array.of(0, 255, 10, 0)
    ExtendedAttributes.set(name, "user.kasane", value)
    expect(ExtendedAttributes.list(name)).toEqual(["user.kasane"])
    expect(ExtendedAttributes.get(name, "user.kasane")).toEqual(value)
    expect(ExtendedAttributes.get(name, "user.other")).toBeUndefined()
  })

  it("fail with the errno of the call", () => {
    try {
      ExtendedAttributes.set(`${dir}/absent`, "user.kasane", Uint8Array.of(1))
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(SystemCallError)
      expect(error).toMatchObject({ code: "ENOENT", syscall: "lsetxattr" })
    }
  })
})

describe("flock", () => {
  it("is held by one opening at a time, and given up with it", () => {
    const file = `${dir}/lock`
    const first = fs.openSync(file, "w")
    const second = fs.openSync(file, "w")
    expect(tryLock(first)).toBe(true)
    expect(tryLock(second)).toBe(false)
    fs.closeSync(first)
    expect(tryLock(second)).toBe(true)
    fs.closeSync(second)
  })
})

describe("mknod", () => {
  // Whiteouts can be made by root, and by the root of a user namespace since Linux 5.8.
  it.skipIf(process.getuid?.() !== 0)("makes overlay's whiteout and a fifo", () => {
    makeNode(`${dir}/whiteout`, "character", 0)
    expect(fs.lstatSync(`${dir}/whiteout`)).toMatchObject({ rdev: 0 })
    expect(fs.lstatSync(`${dir}/whiteout`).isCharacterDevice()).toBe(true)
    makeNode(`${dir}/pipe`, "fifo", 0o600)
    expect(fs.lstatSync(`${dir}/pipe`).isFIFO()).toBe(true)
  })

  it.skipIf(process.getuid?.() !== 0)("packs device numbers as the kernel does", () => {
    makeNode(`${dir}/device`, "block", 0o600, 259, 70000)
    expect(execFileSync("stat", ["-c", "%Hr:%Lr", `${dir}/device`], { encoding: "utf8" }).trim()).toBe(
      "259:70000"
    )
  })
})

describe("syncfs", () => {
  it("finishes", async () => {
    const fd = fs.openSync(dir, "r")
    await syncFileSystem(fd)
    fs.closeSync(fd)
  })
})
