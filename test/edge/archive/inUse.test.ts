import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { pack } from "../../../src/edge/archive/TreePacker.js"

const place = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-in-use-"))
afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

fs.mkdirSync(`${place}/outside`)
fs.writeFileSync(`${place}/outside/secret`, "of the host")

/** Packs a tree of one file below a directory, with a change made as soon as the directory's entry is written. */
const packWhile = (name: string, inUse: boolean, change: (root: string) => void): string => {
  const root = `${place}/${name}`
  fs.mkdirSync(`${root}/a`, { recursive: true })
  fs.writeFileSync(`${root}/a/secret`, "its own....")
  const chunks: Array<Uint8Array> = []
  let changed = false
  const packing = pack({ roots: [root], whiteouts: "plain", inUse }, (chunk) => {
    chunks.push(Uint8Array.from(chunk))
    // The header of the file itself: it was looked at, and is not open yet.
    if (!changed && Buffer.from(chunk).includes("a/secret")) {
      changed = true
      change(root)
    }
  })
  while (packing.next().done !== true);
  return Buffer.concat(chunks).toString()
}

const swap = (root: string) => {
  fs.renameSync(`${root}/a`, `${root}/b`)
  fs.symlinkSync(`${place}/outside`, `${root}/a`)
}

describe("packing what a container is writing to", () => {
  it("reads nothing through a link that is put in the way (CVE-2018-15664)", () => {
    // What is packed at rest has no such care, which shows that the swap comes in time.
    expect(packWhile("at-rest", false, swap)).toContain("of the host")
    expect(() => packWhile("in-use", true, swap)).toThrow(/ELOOP/)
  })
  it("does not wait at what was a file", () => {
    expect(() =>
      packWhile("fifo", true, (root) => {
        fs.rmSync(`${root}/a/secret`)
        execFileSync("mkfifo", [`${root}/a/secret`])
      })
    ).toThrow("changed while it was packed")
  })
})
