import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { BuildContext, ContextSource } from "../../../src/edge/build/BuildContext.js"
import * as BuildContextFs from "../../../src/edge/build/BuildContextFs.js"
import * as StoreLive from "../../../src/edge/store/StoreLive.js"
import { place, write } from "../../engine/build/building.js"

const opened = (root: string, source: ContextSource) =>
  Effect.flatMap(BuildContext, (contexts) => contexts.open(source)).pipe(
    Effect.provide(Layer.provide(BuildContextFs.layer, StoreLive.layerFs(`${root}/store`, "root")))
  )

const directory = (path: string, dockerfile?: string) => ContextSource.Directory({ path, dockerfile })
const piped = (bytes: Uint8Array, dockerfile?: string) =>
  ContextSource.Piped({ bytes: Stream.make(bytes), dockerfile })

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe("a directory", () => {
  it.scoped("shows what its ignore file leaves, and measures that", () =>
    Effect.gen(function* () {
      const root = yield* place
      write(`${root}/c`, {
        Dockerfile: "FROM a",
        ".dockerignore": "*\n!src\nsrc/tmp\n!src/tmp/keep\n",
        "src/a": "a",
        "src/tmp/drop": "d",
        "src/tmp/keep": "k",
        other: "o"
      })
      const { tree } = yield* opened(root, directory(`${root}/c`))
      expect(tree.names("")).toEqual(["src"])
      expect(tree.names("src/tmp")).toEqual(["keep"])
      expect(tree.entry("other")).toBeUndefined()
      expect(tree.tarBytes).toBe(2 * 512 + 2 * 1024 + 1024)
    })
  )

  it.scoped("has an ignore file for each Dockerfile, which goes before the common one", () =>
    Effect.gen(function* () {
      const root = yield* place
      write(`${root}/c`, {
        "app.Dockerfile": "FROM a",
        "app.Dockerfile.dockerignore": "x",
        ".dockerignore": "y",
        x: "",
        y: ""
      })
      const { tree } = yield* opened(root, directory(`${root}/c`, `${root}/c/app.Dockerfile`))
      expect([tree.entry("x"), tree.entry("y")?.kind]).toEqual([undefined, "file"])
    })
  )

  it.scoped("never reads outside itself by a link", () =>
    Effect.gen(function* () {
      const root = yield* place
      write(root, { outside: "FROM outside" })
      write(`${root}/c`, { Dockerfile: "-> ../outside" })
      write(`${root}/d`, { Dockerfile: "FROM a", ".dockerignore": "-> ../outside", outside: "Dockerfile" })
      const failed = yield* Effect.flip(opened(root, directory(`${root}/c`)))
      expect(failed.message).toContain("unable to evaluate symlinks in Dockerfile path")
      // The link leads to the file of that name inside the context.
      expect((yield* opened(root, directory(`${root}/d`))).tree.entry("Dockerfile")).toBeUndefined()
    })
  )

  it.scoped("that is not there, or no directory, is told", () =>
    Effect.gen(function* () {
      const root = yield* place
      write(root, { file: "" })
      expect((yield* Effect.flip(opened(root, directory(`${root}/nope`)))).message).toBe(
        `unable to prepare context: path "${root}/nope" not found`
      )
      expect((yield* Effect.flip(opened(root, directory(`${root}/file`)))).message).toContain(
        "context must be a directory"
      )
    })
  )
})

describe("digests of files", () => {
  const digestOf = (root: string) =>
    Effect.map(opened(root, directory(`${root}/c`)), ({ tree }) => {
      const entry = tree.entry("f")
      if (entry === undefined) throw new Error("no f")
      const digest = tree.digest("f", entry)
      tree.save()
      return digest
    })
  /** The build sees the files as older than the clock's resolution, so that digests may be kept. */
  const later = TestClock.setTime(Date.now() + 60_000)
  /** Writes a file with one and the same time; its inode's time moves on. */
  const rewrite = (file: string, content: string) => {
    const before = fs.statSync(file, { throwIfNoEntry: false })?.ctimeMs
    do {
      fs.writeFileSync(file, content)
      fs.utimesSync(file, 1000, 1000)
    } while (fs.statSync(file).ctimeMs === before)
  }

  it.scoped("are computed anew when only the content changed, with size and time as before", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* later
      write(`${root}/c`, { Dockerfile: "FROM a" })
      rewrite(`${root}/c/f`, "one")
      const first = yield* digestOf(root)
      expect(yield* digestOf(root)).toBe(first)
      rewrite(`${root}/c/f`, "two")
      expect(yield* digestOf(root)).not.toBe(first)
    })
  )

  it.scoped("are kept while nothing changed: the file is not read again", () =>
    Effect.gen(function* () {
      const root = yield* place
      yield* later
      write(`${root}/c`, { Dockerfile: "FROM a" })
      rewrite(`${root}/c/f`, "one")
      const first = yield* digestOf(root)
      const [name = ""] = fs.readdirSync(`${root}/store/cache/stat`)
      const kept = `${root}/store/cache/stat/${name}`
      fs.writeFileSync(kept, fs.readFileSync(kept, "utf8").replace(first, "remembered"))
      expect(yield* digestOf(root)).toBe("remembered")
    })
  )
})

describe("standard input", () => {
  it.scoped("is a Dockerfile, if it is no archive", () =>
    Effect.gen(function* () {
      const root = yield* place
      const { dockerfile, tree, sentBytes } = yield* opened(root, piped(Buffer.from("FROM a\n")))
      expect(text(dockerfile)).toBe("FROM a\n")
      expect(tree.names("")).toEqual([])
      expect(sentBytes).toBe(2048)
    })
  )

  it.scoped.each([["-c"], ["-cz"], ["-cJ"], ["-cj"]])("is a context in a tar (%s)", ([how = "-c"]) =>
    Effect.gen(function* () {
      const root = yield* place
      write(`${root}/c`, { Dockerfile: "FROM a", "d/x": "x" })
      const tar = execFileSync("tar", [how, "-C", `${root}/c`, "-f", "-", "."])
      const { dockerfile, tree } = yield* opened(root, piped(tar))
      expect(text(dockerfile)).toBe("FROM a")
      expect(tree.names("d")).toEqual(["x"])
    })
  )
})
