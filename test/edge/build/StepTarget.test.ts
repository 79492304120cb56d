import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as IgnoreFile from "../../../src/core/dockerfile/IgnoreFile.js"
import { StoredContents } from "../../../src/edge/archive/StoredContents.js"
import * as TreePacker from "../../../src/edge/archive/TreePacker.js"
import * as ContextTree from "../../../src/edge/build/ContextTree.js"
import * as Copier from "../../../src/edge/build/Copier.js"
import type { EarlierCopy } from "../../../src/edge/build/EarlierCopy.js"
import * as HostTarget from "../../../src/edge/build/HostTarget.js"
import * as InputReader from "../../../src/edge/build/InputReader.js"
import * as StatCache from "../../../src/edge/build/StatCache.js"
import { WrittenFiles } from "../../../src/edge/build/WrittenFiles.js"

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-step-target-"))
  fs.mkdirSync(`${dir}/root`)
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

/** Copies a source over what is there, as a step does; files that are as in the earlier layer are taken over. */
const copy = (
  written: WrittenFiles,
  source: string,
  destination: string,
  earlier?: EarlierCopy,
  root = "root"
): void => {
  const tree = ContextTree.scan(`${dir}/${source}`, IgnoreFile.nothing, StatCache.none, later)
  // A step's key is made of the digests before the step is carried out.
  InputReader.read(tree, [{ path: "/", included: undefined, excluded: undefined, excludedForGood: true }])
  Copier.copy({
    source: tree,
    path: "",
    target: HostTarget.ofStep({ root: `${dir}/${root}`, upper: `${dir}/${root}`, written, earlier }),
    destination,
    owner: undefined,
    mode: undefined,
    included: undefined,
    excluded: undefined,
    excludedForGood: true,
    conflicts: "refuse"
  })
}

/** Files are old enough for their times to tell of every change. */
const later = (): number => Date.now() + 1000

const packed = async (written: WrittenFiles | undefined, root = "root"): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  const known = written === undefined ? {} : { known: written }
  const options = { roots: [`${dir}/${root}`], whiteouts: "overlay", ...known } as const
  for (const wait of TreePacker.pack(options, (chunk) => chunks.push(Buffer.from(chunk)))) await wait
  return Buffer.concat(chunks)
}

const write = (name: string, content: string | Uint8Array, mode = 0o644): void => {
  fs.mkdirSync(path.dirname(`${dir}/${name}`), { recursive: true })
  fs.writeFileSync(`${dir}/${name}`, content)
  fs.chmodSync(`${dir}/${name}`, mode)
  fs.utimesSync(`${dir}/${name}`, 1000.5, 1000.5)
}

describe("what a step has written", () => {
  it("is packed from what it knows as from a look at the files, whatever was laid over it", async () => {
    write("one/a", "a\n")
    write("one/big", Buffer.alloc(3_000_000, "big"))
    write("one/middle", Buffer.alloc(100_000, "middle"))
    write("one/deep/x", "x\n", 0o755)
    write("one/set", "s", 0o4755)
    fs.linkSync(`${dir}/one/a`, `${dir}/one/also`)
    fs.symlinkSync("a", `${dir}/one/link`)
    write("two/a", "another a, longer\n", 0o600)
    write("two/big", "small now\n")
    write("two/deep/y", "y\n")
    const written = new WrittenFiles()
    copy(written, "one", "/d/")
    const known = await packed(written)
    await written.settled()
    expect(known.equals(await packed(undefined))).toBe(true)
    // The large file may still be being copied when it is replaced.
    copy(written, "one", "/e/")
    copy(written, "two", "/e/")
    const over = await packed(written)
    await written.settled()
    expect(over.equals(await packed(undefined))).toBe(true)
    expect(fs.readFileSync(`${dir}/root/e/big`, "utf8")).toBe("small now\n")
    expect(fs.readFileSync(`${dir}/root/d/big`).length).toBe(3_000_000)
  })

  /** What a first copy of `one` left, as a layer. */
  const earlierCopy = async (): Promise<EarlierCopy & { readonly fd: number }> => {
    fs.mkdirSync(`${dir}/layer`)
    const written = new WrittenFiles()
    copy(written, "one", "/d/", undefined, "layer")
    fs.writeFileSync(`${dir}/tar`, await packed(written, "layer"))
    const fd = fs.openSync(`${dir}/tar`, "r")
    return { root: `${dir}/layer`, contents: new StoredContents(fd), files: new Map(written.copies()), fd }
  }

  it("shares with an earlier layer what is the same at the same place, and packs it as if it were new", async () => {
    write("one/same", "same\n")
    write("one/empty", "")
    write("one/large", Buffer.alloc(3_000_000, "large"))
    write("one/deep/same", "same below\n", 0o755)
    write("one/edited", "old\n")
    write("one/same-size", "old\n")
    write("one/mode", "mode\n")
    write("one/time", "time\n")
    write("one/linked", "linked\n")
    write("one/gone", "gone\n")
    const earlier = await earlierCopy()
    write("one/edited", "edited, and longer\n")
    write("one/same-size", "new\n")
    fs.chmodSync(`${dir}/one/mode`, 0o600)
    fs.utimesSync(`${dir}/one/time`, 2000, 2000)
    fs.linkSync(`${dir}/one/linked`, `${dir}/one/other`)
    fs.rmSync(`${dir}/one/gone`)
    write("one/new", "new\n")
    const written = new WrittenFiles()
    copy(written, "one", "/d/", earlier)
    const known = await packed(written)
    await written.settled()
    fs.closeSync(earlier.fd)
    expect(known.equals(await packed(undefined))).toBe(true)
    const shared = fs
      .readdirSync(`${dir}/root/d`, { recursive: true, encoding: "utf8" })
      .filter((name) => {
        const before = fs.statSync(`${dir}/layer/d/${name}`, { throwIfNoEntry: false })
        return before?.isFile() === true && before.ino === fs.statSync(`${dir}/root/d/${name}`).ino
      })
      .sort()
    expect(shared).toEqual(["deep/same", "empty", "large", "same"])
    expect(fs.readFileSync(`${dir}/root/d/same-size`, "utf8")).toBe("new\n")
    expect(fs.readFileSync(`${dir}/layer/d/same-size`, "utf8")).toBe("old\n")
  })

  it("copies what the earlier layer has no longer, and leaves the layer alone when a later source replaces a shared file", async () => {
    write("one/a", "a\n")
    write("one/b", "b\n")
    write("two/a", "another\n")
    const earlier = await earlierCopy()
    fs.rmSync(`${dir}/layer/d/b`)
    const written = new WrittenFiles()
    copy(written, "one", "/d/", earlier)
    copy(written, "two", "/d/", earlier)
    const known = await packed(written)
    fs.closeSync(earlier.fd)
    expect(known.equals(await packed(undefined))).toBe(true)
    expect(fs.readFileSync(`${dir}/root/d/a`, "utf8")).toBe("another\n")
    expect(fs.readFileSync(`${dir}/root/d/b`, "utf8")).toBe("b\n")
    expect(fs.readFileSync(`${dir}/layer/d/a`, "utf8")).toBe("a\n")
  })
})
