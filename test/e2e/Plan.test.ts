import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hello } from "../support/Hello.js"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"

let place: string
let engine: Kasane

/** Every file of the store with its size and time. */
const contents = () =>
  fs
    .readdirSync(engine.root, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const { size, mtimeMs } = fs.lstatSync(file)
      return `${file} ${entry.isDirectory() ? "" : `${size} ${mtimeMs}`}`
    })
    .filter((line) => !line.includes("/leases"))
    .sort()

beforeAll(async () => {
  place = await scratch(root, "plan")
  engine = kasane(root, path.join(place, "store"))
  const context = path.join(place, "context")
  fs.mkdirSync(context)
  fs.writeFileSync(path.join(context, "hello"), hello, { mode: 0o755 })
  fs.writeFileSync(path.join(context, "Dockerfile"), 'FROM scratch\nCOPY hello /\nCMD ["/hello"]\n')
  await engine.ok(["build", "-q", "-t", "hello", context])
})

afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

describe("run --plan", () => {
  it("prints the syscall program with the reason of each step, and changes nothing", async () => {
    const before = contents()
    const text = await engine.ok(["run", "--plan", "--read-only", "-v", "fresh:/data", "hello"])
    expect(text).toContain("pivot_root(")
    expect(text).toMatch(/execve.*\/hello/)
    expect(text).toMatch(/--read-only/)
    expect(text).toContain("/volumes/fresh/_data")
    expect(contents()).toEqual(before)
  })
  it("gives the same as JSON", async () => {
    const steps: unknown = JSON.parse(await engine.ok(["run", "--plan", "--format", "json", "hello"]))
    expect(steps).toContainEqual(
      expect.objectContaining({ syscall: "pivot_root", reason: expect.any(String) })
    )
  })
  it("pulls nothing", async () => {
    expect(await engine.run(["run", "--plan", "127.0.0.1:9/nosuch"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("No such image: 127.0.0.1:9/nosuch:latest")
    })
  })
})
