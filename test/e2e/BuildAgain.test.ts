import * as fs from "node:fs"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { kasane as commandLine, type Kasane, root, scratch } from "../support/Kasane.js"

describe("the same build again", () => {
  let kasane: Kasane
  let context: string

  const write = (name: string, text: string) => fs.writeFileSync(path.join(context, name), text)
  const memos = (): ReadonlyArray<string> => {
    const directory = path.join(kasane.root, "cache/repeats")
    return fs.existsSync(directory) ? fs.readdirSync(directory) : []
  }
  const build = () => kasane.ok(["build", "-t", "app", context])

  /** Builds until one has found everything, long enough after the last change, and was kept for the next. */
  const settle = async (): Promise<string> => {
    fs.rmSync(path.join(kasane.root, "cache/repeats"), { recursive: true, force: true })
    for (let round = 0; round < 20; round++) {
      const said = await build()
      if (memos().length > 0) return said
      await sleep(60)
    }
    throw new Error("no build was remembered")
  }

  beforeAll(async () => {
    const dir = await scratch(root, "kasane-again")
    kasane = commandLine(root, path.join(dir, "store"))
    context = path.join(dir, "context")
    fs.mkdirSync(context)
    write("Dockerfile", "FROM scratch\nCOPY file /\nENV A=b\n")
    write("file", "1")
  })
  beforeEach(settle)
  afterAll(() => fs.rmSync(path.dirname(kasane.root), { recursive: true, force: true, maxRetries: 3 }))

  it("says what the build said that looked everything up", async () => {
    const said = await settle()
    expect(said).toContain("Step 2/3 : COPY file /\n ---> Using cache\n")
    expect(await build()).toBe(said)
    const id = (await kasane.ok(["build", "-q", "-t", "app", context])).trim()
    expect(await kasane.ok(["inspect", "-f", "{{.Id}}", "app"])).toBe(`${id}\n`)
  })

  it("builds a changed file, and a changed Dockerfile", async () => {
    const before = await build()
    write("file", "2")
    const changed = await build()
    expect(changed).not.toBe(before)
    expect(changed).not.toContain("Using cache")
    write("Dockerfile", "FROM scratch\nCOPY file /\nENV A=c\n")
    expect(await build()).toContain("Step 3/3 : ENV A=c\n --->")
    expect(await kasane.ok(["inspect", "-f", "{{.Config.Env}}", "app"])).toContain("A=c")
  })

  it("gives a name back that was taken away or given to something else", async () => {
    const id = await kasane.ok(["inspect", "-f", "{{.Id}}", "app"])
    await kasane.ok(["tag", "app", "kept"])
    await kasane.ok(["rmi", "app"])
    await build()
    expect(await kasane.ok(["inspect", "-f", "{{.Id}}", "app"])).toBe(id)
  })

  it("executes the steps again when the cache was emptied", async () => {
    await kasane.ok(["rmi", "-f", "app", "kept"])
    await kasane.ok(["builder", "prune", "-af"])
    expect(await build()).not.toContain("Using cache")
  })
})
