import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll } from "vitest"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import { Fault } from "../support/registry/Fault.js"
import * as Registry from "../support/registry/Registry.js"

let place: string
let context: string
let registry: Registry.Registry
const scope = Effect.runSync(Scope.make())
let stores = 0

/** A builder that has built nothing yet. */
const builder = (): Kasane => kasane(root, path.join(place, `store-${stores++}`))

const dockerfile = [
  "FROM scratch AS base",
  "COPY rootfs /",
  "FROM base AS build",
  "ARG GREETING=hello",
  "WORKDIR /src",
  "COPY in .",
  "RUN head -c 300000 /dev/urandom > big; echo $GREETING > out; cat in >> out",
  "FROM base",
  "LABEL made=here",
  "COPY --from=build /src/out /out",
  "RUN cat /out > /final",
  'CMD ["cat", "/final"]'
]

const write = (text: string = dockerfile.join("\n"), input = "in\n"): void => {
  fs.writeFileSync(path.join(context, "Dockerfile"), text)
  fs.writeFileSync(path.join(context, "in"), input)
}

/** The layers that were asked for with GET since then. */
const layersGotten = (): number =>
  new Set(registry.asked("GET", /\/blobs\/sha256:/).map(({ url }) => url)).size

const imageOf = (text: string): string => /Successfully built (\w+)/.exec(text)?.[1] ?? text

const ranOrCopied = (text: string): ReadonlyArray<string> => text.match(/Running in/g) ?? []

let first: string
let image: string

beforeAll(async () => {
  registry = await Effect.runPromise(Scope.extend(Registry.start(), scope))
  place = await scratch(root, "cache")
  context = path.join(place, "context")
  fs.mkdirSync(path.join(context, "rootfs"), { recursive: true })
  RootFs.fill(path.join(context, "rootfs"))
  write()
  const one = builder()
  const ref = `${registry.host}/app`
  first = await one.ok([
    ...["build", "-t", "app", "--cache-to", `type=registry,ref=${ref}:max,mode=max`],
    ...["--cache-to", `type=registry,ref=${ref}:min`],
    ...["--cache-to", `type=local,dest=${place}/layout,mode=max`],
    context
  ])
  image = imageOf(first)
  await one.ok(["build", "-t", `${ref}:inline`, "--cache-to", "type=inline", context])
  await one.ok(["push", "-q", `${ref}:inline`])
}, 120_000)

afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  fs.rmSync(place, { recursive: true, force: true, maxRetries: 3 })
})

const from = (tag: string) => ["--cache-from", `${registry.host}/app:${tag}`]

describe("a cache that builders share", () => {
  it("through a registry: everything is found, ids included, and only the result's layers are fetched", async () => {
    const two = builder()
    registry.requests.length = 0
    const text = await two.ok(["build", "-t", "app", ...from("max"), context])
    expect(ranOrCopied(text)).toEqual([])
    expect(imageOf(text)).toBe(image)
    // The records, and the layers of the base, of what was copied and of the last command: not those of the stage `build`.
    expect(layersGotten()).toBe(4)
    expect(await two.ok(["run", "--rm", "--network", "none", "app"])).toBe("hello\nin\n")
    // What was imported is the builder's own now.
    registry.requests.length = 0
    expect(imageOf(await two.ok(["build", context]))).toBe(image)
    expect(registry.requests).toEqual([])
  })

  it("with the layers of the result alone", async () => {
    const text = await builder().ok(["build", ...from("min"), context])
    expect([ranOrCopied(text), imageOf(text)]).toEqual([[], image])
  })

  it("in the image itself", async () => {
    const text = await builder().ok(["build", ...from("inline"), context])
    expect([ranOrCopied(text), imageOf(text)]).toEqual([[], image])
  })

  it("in a directory", async () => {
    const text = await builder().ok(["build", "--cache-from", `type=local,src=${place}/layout`, context])
    expect([ranOrCopied(text), imageOf(text)]).toEqual([[], image])
  })

  it("fetches what a step that changed needs, and carries on what it did not fetch", async () => {
    write(dockerfile.join("\n").replace("cat in >> out", "cat in in in >> out"))
    const two = builder()
    const changed = await two.ok([
      ...["build", "--explain", "--cache-to", `type=registry,ref=${registry.host}/other:c,mode=max`],
      ...[...from("max"), context]
    ])
    expect(changed).toMatch(/Not in cache: the command changed .* -> /)
    expect(ranOrCopied(changed)).toHaveLength(2)
    // One stage further, of which nothing but the cache is known.
    write()
    const text = await builder().ok([
      "build",
      ...from("max"),
      ...["--cache-to", `type=registry,ref=${registry.host}/third:c,mode=max`],
      context
    ])
    expect(ranOrCopied(text)).toEqual([])
    const third = await builder().ok([
      "build",
      "--target",
      "build",
      "--cache-from",
      `${registry.host}/third:c`,
      context
    ])
    expect(ranOrCopied(third)).toEqual([])
  })

  it("is what --plan counts on, without fetching a layer", async () => {
    const two = builder()
    registry.requests.length = 0
    const plan = await two.ok(["build", "--plan", ...from("max"), context])
    expect(plan).not.toMatch(/ ---> (?:runs:|unknown)/)
    expect(layersGotten()).toBe(1)
  })

  it("of one stage can be passed over", async () => {
    const two = builder()
    const text = await two.ok(["build", ...from("max"), "--no-cache-filter", "build", context])
    // What the stage makes differs every time; what is copied of it does not.
    expect(ranOrCopied(text)).toHaveLength(1)
    expect(text).toContain("Running in")
  })

  it("the base of a stage that nobody reads stays at its registry until a step needs it", async () => {
    const ref = registry.host
    const one = builder()
    // The toolchain has a layer that nothing else has.
    const bases = path.join(place, "bases")
    fs.mkdirSync(bases)
    const made = [
      "FROM scratch AS runtime",
      "COPY rootfs /",
      "FROM runtime AS toolchain",
      "RUN echo tools > /tools"
    ]
    fs.writeFileSync(path.join(bases, "Dockerfile"), made.join("\n"))
    const file = ["-f", path.join(bases, "Dockerfile")]
    for (const target of ["runtime", "toolchain"])
      await one.ok([
        "build",
        "-q",
        ...file,
        "--target",
        target,
        "-t",
        `${ref}/${target}:1`,
        "--push",
        context
      ])
    const using = [
      `FROM ${ref}/toolchain:1 AS build`,
      "WORKDIR /src",
      "COPY in .",
      "RUN cat /tools in > /out",
      `FROM ${ref}/runtime:1`,
      "COPY --from=build /out /out"
    ]
    write(using.join("\n"))
    const built = imageOf(await one.ok(["build", "--cache-to", `type=registry,ref=${ref}/used`, context]))
    const other = builder()
    const cached = ["build", "-t", "used", "--cache-from", `${ref}/used`, context]
    const text = await other.ok(cached)
    expect([imageOf(text), ranOrCopied(text)]).toEqual([built, []])
    const hasTools = async () =>
      (await other.ok(["images", "--format", "{{.Repository}}"])).includes("toolchain")
    expect(await hasTools()).toBe(false)
    expect(await other.ok(["run", "--rm", "--network", "none", "used", "cat", "/out"])).toBe("tools\nin\n")
    // An edit makes the stage's steps run: now it needs its base.
    write(using.join("\n"), "edited\n")
    const again = await other.ok(cached)
    expect(ranOrCopied(again)).toHaveLength(1)
    expect(await hasTools()).toBe(true)
    expect(await other.ok(["run", "--rm", "--network", "none", "used", "cat", "/out"])).toBe(
      "tools\nedited\n"
    )
    await other.ok(["check"])
    write()
  }, 60_000)
})

describe("a cache that is broken or lies", () => {
  /** Runs a build with the tag's content changed, and puts it back. */
  const whileBroken = async (change: (blobs: Map<string, Buffer>) => void): Promise<string> => {
    const blobs = registry.content.blobsOf("app")
    const kept = new Map(blobs)
    change(blobs)
    try {
      return await builder().ok(["build", "-t", "app", ...from("max"), context])
    } finally {
      for (const [digest, bytes] of kept) blobs.set(digest, bytes)
    }
  }
  const isRecords = (bytes: Buffer): boolean => {
    try {
      return zlib.gunzipSync(bytes).subarray(0, 12).toString() === '{"version":1'
    } catch {
      return false
    }
  }

  it.each<readonly [string, (bytes: Buffer) => Buffer]>([
    ["other bytes", (bytes) => Buffer.from(bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)))],
    ["too few bytes", (bytes) => bytes.subarray(0, bytes.length - 1)]
  ])(
    "breaks no build with %s",
    async (_, change) => {
      const text = await whileBroken((blobs) => {
        for (const [digest, bytes] of blobs) if (!isRecords(bytes)) blobs.set(digest, change(bytes))
      })
      expect(text).toMatch(/\[Warning\] The cache \S+ is not used for a step: /)
      expect(ranOrCopied(text)).toHaveLength(2)
    },
    60_000
  )

  it("breaks no build without its layers, its records or itself", async () => {
    const gone = await whileBroken((blobs) => {
      for (const [digest, bytes] of blobs) if (!isRecords(bytes)) blobs.delete(digest)
    })
    expect(ranOrCopied(gone)).toHaveLength(2)
    const garbled = await whileBroken((blobs) => {
      for (const [digest, bytes] of blobs) if (isRecords(bytes)) blobs.set(digest, Buffer.from("not it"))
    })
    expect(garbled).toMatch(/\[Warning\] The cache \S+ is not used: /)
    const nowhere = await builder().ok(["build", "--cache-from", `${registry.host}/no:such`, context])
    expect(nowhere).toMatch(/\[Warning\] The cache \S+no:such is not used: /)
    expect(ranOrCopied(nowhere)).toHaveLength(2)
  }, 60_000)

  it("is told when it cannot be written", async () => {
    const to = `type=registry,ref=${registry.host}/full:c`
    registry.lie("PUT", /manifests/, Fault.Status({ status: 403, headers: {}, body: "" }), 20)
    const failed = await builder().run(["build", "--cache-to", to, context])
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("failed to export the cache to ")
    })
  })
})
