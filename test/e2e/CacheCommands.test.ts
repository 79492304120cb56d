import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

let place: string
let context: string
let engine: Kasane

const dockerfile = [
  "FROM scratch AS base",
  "COPY rootfs /",
  "FROM base AS build",
  "RUN --mount=type=cache,id=things,target=/c echo kept >> /c/log; cat /c/log > /out; head -c 200000 /dev/zero > /big",
  "FROM base",
  "COPY --from=build /out /",
  'CMD ["cat", "/out"]'
].join("\n")

interface Row {
  readonly ID: string
  readonly CacheType: string
  readonly Description: string
  readonly Shared: string
  readonly Size: string
}

const rows = async (by: Kasane, ...args: ReadonlyArray<string>): Promise<ReadonlyArray<Row>> =>
  (await by.ok(["cache", "ls", "--no-trunc", "--format", "json", ...args]))
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Row => JSON.parse(line))

beforeAll(async () => {
  place = await scratch(root, "cache-commands")
  context = path.join(place, "context")
  fs.mkdirSync(path.join(context, "rootfs"), { recursive: true })
  RootFs.fill(path.join(context, "rootfs"))
  fs.writeFileSync(path.join(context, "Dockerfile"), dockerfile)
  engine = kasane(root, path.join(place, "store"))
  await engine.ok(["build", "-q", "-t", "app", context])
}, 60_000)

afterAll(() => fs.rmSync(place, { recursive: true, force: true, maxRetries: 3 }))

describe("cache", () => {
  it("ls lists what the build made, what holds it, and the mounts", async () => {
    const all = await rows(engine)
    expect(
      all.map(({ CacheType, Description, Shared }) => [CacheType, Description.slice(0, 16), Shared]).sort()
    ).toEqual([
      ["exec.cachemount", "cached mount thi", "false"],
      ["regular", "COPY --from=buil", "true"],
      ["regular", "COPY rootfs /", "true"],
      ["regular", "RUN --mount=type", "false"]
    ])
    const table = await engine.ok(["cache", "ls"])
    expect(table).toMatch(
      /^CACHE ID {2,}CACHE TYPE {2,}SIZE {2,}CREATED {2,}LAST USED {2,}SHARED {2,}DESCRIPTION\n/
    )
    expect(await rows(engine, "--filter", "type=exec.cachemount")).toHaveLength(1)
    expect(await rows(engine, "--filter", "shared=true")).toHaveLength(2)
    expect(await engine.run(["cache", "ls", "--filter", "colour=red"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("invalid filter 'colour'")
    })
  })

  it("a step that failed is kept to look around in, and is no cache of anything", async () => {
    const failing = path.join(place, "failing.Dockerfile")
    fs.writeFileSync(failing, "FROM scratch\nCOPY rootfs /\nRUN echo no > /no; false\n")
    const before = await rows(engine)
    const failed = await engine.run(["build", "-f", failing, context])
    expect(failed.stderr).toContain("What the step left is kept as")
    expect((await rows(engine)).map(({ ID }) => ID).sort()).toEqual(before.map(({ ID }) => ID).sort())
  })

  it("inspect shows a key's components, the files behind it, and the layer", async () => {
    const copy = (await rows(engine)).find(({ Description }) => Description.startsWith("COPY --from"))
    const [shown] = JSON.parse(await engine.ok(["cache", "inspect", (copy?.ID ?? "").slice(0, 16)]))
    expect(shown).toMatchObject({
      Type: "regular",
      Instruction: "COPY",
      Available: true,
      From: "this store",
      Layer: { diffId: expect.stringMatching(/^sha256:/) }
    })
    expect(shown.Components).toContainEqual({ Kind: "destination", Value: "/" })
    expect(Object.values(shown.Files)).toEqual([[expect.objectContaining({ Path: "out", Type: "file" })]])
    expect(await engine.run(["cache", "inspect", "nosuch"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No such build cache: nosuch")
    })
  })

  it("export writes it all to a directory; import lets every build look into it", async () => {
    const layout = path.join(place, "layout")
    const said = await engine.ok(["cache", "export", `type=local,dest=${layout},mode=max`])
    expect(said).toMatch(/^Exported cache to .*layout: 3 records, 3 layers, /)
    const other = kasane(root, path.join(place, "other"))
    await other.ok(["cache", "import", `type=local,src=${layout}`])
    const image = (await engine.ok(["images", "-q", "--no-trunc", "app"])).trim()
    const text = await other.ok(["build", "-t", "app", context])
    expect(text).not.toContain("Running in")
    expect((await other.ok(["images", "-q", "--no-trunc", "app"])).trim()).toBe(image)
    expect((await rows(other)).map(({ CacheType }) => CacheType).sort()).toEqual([
      "imported",
      "regular",
      "regular"
    ])
    await other.ok(["cache", "prune", "-af"])
    expect(await rows(other)).toEqual([])
    // The image has a name: it stays whole.
    expect(await other.ok(["run", "--rm", "--network", "none", "app"])).toBe("kept\n")
  }, 60_000)

  it("prune takes what no named image has, and what it frees is free; the same as builder prune", async () => {
    const layers = () => fs.readdirSync(path.join(engine.root, "layers")).length
    const before = layers()
    expect(await engine.ok(["cache", "prune", "-f", "--filter", "until=1h"])).toBe(
      "Total reclaimed space: 0B\n"
    )
    expect(await engine.ok(["cache", "prune", "-f", "--keep-storage", "1g"])).toBe(
      "Total reclaimed space: 0B\n"
    )
    const pruned = await engine.ok(["builder", "prune", "-f"])
    expect(pruned).toMatch(/^Deleted build cache objects:\n([0-9a-f]{64}\n){2}\nTotal reclaimed space: \d/)
    expect(pruned).not.toContain("space: 0B")
    expect(layers()).toBe(before - 1)
    expect((await rows(engine)).map(({ Shared }) => Shared)).toEqual(["true", "true"])
    expect(await engine.ok(["run", "--rm", "--network", "none", "app"])).toBe("kept\n")
    // What is left is still a hit; the rest runs again.
    const text = await engine.ok(["build", context])
    expect(text.match(/Running in/g)).toHaveLength(1)
  }, 60_000)
})
