import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hello } from "../support/Hello.js"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"

let place: string
let engine: Kasane

beforeAll(async () => {
  place = await scratch(root, "volumes")
  engine = kasane(root, path.join(place, "store"))
  const context = path.join(place, "context")
  fs.mkdirSync(context)
  fs.writeFileSync(path.join(context, "hello"), hello, { mode: 0o755 })
  fs.writeFileSync(path.join(context, "Dockerfile"), 'FROM scratch\nCOPY hello /\nCMD ["/hello"]\n')
  await engine.ok(["build", "-q", "-t", "hello", context])
})

afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

describe("volumes", () => {
  it("are made once, listed, shown and removed", async () => {
    expect(await engine.ok(["volume", "create", "--label", "a=b", "data"])).toBe("data\n")
    expect(await engine.ok(["volume", "create", "data"])).toBe("data\n")
    expect(await engine.ok(["volume", "ls"])).toBe("DRIVER    VOLUME NAME\nlocal     data\n")
    expect(await engine.ok(["volume", "ls", "-q", "--filter", "label=a=c"])).toBe("")
    expect(await engine.ok(["volume", "inspect", "-f", "{{.Labels.a}} {{.Mountpoint}}", "data"])).toBe(
      `b ${engine.root}/volumes/data/_data\n`
    )
    expect(await engine.ok(["volume", "rm", "data"])).toBe("data\n")
    expect(await engine.run(["volume", "rm", "data"])).toMatchObject({ code: 1 })
    expect(await engine.run(["volume", "rm", "-f", "data"])).toMatchObject({ code: 0 })
  })
  it("stay while a container has them", async () => {
    const id = (await engine.ok(["create", "-v", "kept:/v", "hello"])).trim()
    expect(await engine.run(["volume", "rm", "kept"])).toMatchObject({
      code: 1,
      stderr: `Error: remove kept: volume is in use - [${id}]\n`
    })
    expect(await engine.ok(["volume", "ls", "-q", "--filter", "dangling=true"])).toBe("")
    await engine.ok(["rm", id])
    expect(await engine.ok(["volume", "rm", "kept"])).toBe("kept\n")
  })
  it("have names that a path can hold, and one driver", async () => {
    expect((await engine.run(["volume", "create", "../x"])).stderr).toContain("includes invalid characters")
    expect((await engine.run(["volume", "create", "-d", "nosuch", "v"])).stderr).toBe(
      'Error: create v: error looking up volume plugin nosuch: plugin "nosuch" not found\n'
    )
  })
})
