import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import * as TreePacker from "../../../src/edge/archive/TreePacker.js"
import * as Copier from "../../../src/edge/build/Copier.js"
import * as HostTarget from "../../../src/edge/build/HostTarget.js"
import * as RootTree from "../../../src/edge/build/RootTree.js"
import { WrittenFiles } from "../../../src/edge/build/WrittenFiles.js"

let dir: string
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-step-target-"))
  fs.mkdirSync(`${dir}/root`)
})
afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

/** Copies a source over what is there, as a step does. */
const copy = (written: WrittenFiles, source: string, destination: string): void =>
  Copier.copy({
    source: RootTree.make(`${dir}/${source}`, "root"),
    path: "",
    target: HostTarget.ofStep({ root: `${dir}/root`, upper: `${dir}/root`, written }),
    destination,
    owner: undefined,
    mode: undefined,
    included: undefined,
    excluded: undefined,
    excludedForGood: true,
    conflicts: "refuse"
  })

const packed = async (written: WrittenFiles | undefined): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  const known = written === undefined ? {} : { known: written.known }
  const options = { roots: [`${dir}/root`], whiteouts: "overlay", ...known } as const
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
})
