import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as Unprivileged from "../support/Unprivileged.js"
import { when } from "../support/When.js"

const user = Unprivileged.create()
afterAll(() => user.remove())

describe.each<Caller>([root, user])("a context of which one file changed, as $label", (caller) => {
  let dir: string
  let context: string
  let stores = 0

  const store = (): Kasane => kasane(caller, path.join(dir, `store-${stores++}`))
  const write = (name: string, text: string): void => {
    const file = path.join(context, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
    // Times that a layer keeps are times that the test decides.
    fs.utimesSync(file, 1_700_000_000, 1_700_000_000)
  }
  /** The files of the topmost layer's tar, with times and contents. Directories that a copy makes have the time of the copy. */
  const packed = async (one: Kasane): Promise<ReadonlyArray<string>> => {
    const diffId = (await layers(one)).at(-1) ?? ""
    const tar = path.join(one.root, "blobs", diffId.replace(":", "/"))
    const listing = execFileSync("tar", ["--utc", "--full-time", "-tvf", tar], { encoding: "utf8" })
    const files = listing.split("\n").filter((line) => !line.startsWith("d"))
    const contents = execFileSync("tar", ["-xOf", tar], { maxBuffer: 1 << 26 })
    return [...files, createHash("sha256").update(contents).digest("hex")]
  }
  const layers = async (one: Kasane): Promise<ReadonlyArray<string>> =>
    JSON.parse(await one.ok(["inspect", "-f", "{{json .RootFS.Layers}}", "app"]))
  const copied = async (one: Kasane, name: string): Promise<string> =>
    path.join((await one.ok(["inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", "app"])).trim(), name)

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-changed")
    context = path.join(dir, "context")
    fs.mkdirSync(context)
    write("Dockerfile", "FROM scratch\nWORKDIR /app\nCOPY . .\n")
    for (let n = 0; n < 40; n++) write(`src/${n % 4}/${n}.txt`, `file ${n}\n`.repeat(n))
    write("src/large.bin", "large ".repeat(400_000))
    // Younger files are read again, lest a change of theirs be missed.
    await new Promise((resolve) => setTimeout(resolve, 60))
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))

  it("becomes the layer that it would be anew, and shares the other files with the earlier one", async () => {
    const mine = store()
    await mine.ok(["build", "-q", "-t", "app", context])
    const before = await copied(mine, "app/src")
    write("src/1/5.txt", "changed\n")
    await mine.ok(["build", "-q", "-t", "app", context])
    const after = await copied(mine, "app/src")
    const anew = store()
    await anew.ok(["build", "-q", "-t", "app", context])
    expect(await packed(mine)).toEqual(await packed(anew))
    const inode = (file: string): number => fs.statSync(file).ino
    expect(inode(`${after}/2/6.txt`)).toBe(inode(`${before}/2/6.txt`))
    expect(inode(`${after}/large.bin`)).toBe(inode(`${before}/large.bin`))
    expect(fs.readFileSync(`${after}/1/5.txt`, "utf8")).toBe("changed\n")
    expect(fs.readFileSync(`${before}/1/5.txt`, "utf8")).toBe("file 5\n".repeat(5))
    // What is shared belongs to both: the earlier one may go.
    await mine.ok(["builder", "prune", "-af"])
    expect(fs.existsSync(before)).toBe(false)
    await mine.ok(["check"])
    expect(fs.readFileSync(`${after}/2/6.txt`, "utf8")).toBe("file 6\n".repeat(6))
  }, 120_000)

  when(caller === root)(
    "is copied as a whole when no cache is to be used, or the earlier layer is gone",
    async () => {
      const mine = store()
      await mine.ok(["build", "-q", "-t", "app", context])
      const before = await layers(mine)
      const inode = fs.statSync(await copied(mine, "app/src/2/6.txt")).ino
      write("src/1/5.txt", "changed again\n")
      await mine.ok(["build", "-q", "--no-cache", "-t", "app", context])
      expect(fs.statSync(await copied(mine, "app/src/2/6.txt")).ino).not.toBe(inode)
      await mine.ok(["rmi", "-f", "app"])
      await mine.ok(["builder", "prune", "-af"])
      write("src/1/5.txt", "file 5\n".repeat(5))
      await mine.ok(["build", "-q", "-t", "app", context])
      expect(await layers(mine)).toHaveLength(before.length)
      await mine.ok(["check"])
    },
    120_000
  )
})
