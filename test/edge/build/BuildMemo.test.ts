import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "@effect/vitest"
import * as Digest from "../../../src/core/oci/Digest.js"
import { BuildEvent } from "../../../src/core/plan/BuildEvent.js"
import * as BuildMemo from "../../../src/edge/build/BuildMemo.js"

const events = [BuildEvent.ContextSent({ bytes: 2048 }), BuildEvent.Built({ image: Digest.ofBytes("image") })]
const record = "images/image.json"

let dir: string
const at = (...names: ReadonlyArray<string>) => path.join(dir, ...names)

const write = (name: string, text: string) => {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true })
  fs.writeFileSync(at(name), text)
}

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-memo-"))
  write("store/index.json", "{}")
  write(`store/${record}`, "{}")
  write("context/Dockerfile", "FROM scratch\n")
  write("context/src/a.txt", "a")
})

afterEach(() => fs.rmSync(dir, { recursive: true, force: true }))

const asked = (change: Partial<BuildMemo.Asked> = {}): BuildMemo.Asked => ({
  root: at("store"),
  words: ["build", "context"],
  environment: { HOME: "/root" },
  ...change
})

const outcome = (): BuildMemo.Outcome => ({
  events,
  files: [at("context/Dockerfile"), at("context/.dockerignore")],
  context: at("context"),
  records: [record],
  used: ["cache/step.json", "cache/pruned.json"]
})

/** As a build that began after everything here was written. */
const remember = (startedAt = Date.now() + 10_000) => BuildMemo.remember(asked(), outcome(), startedAt, "1")
const recall = (change?: Partial<BuildMemo.Asked>, version = "1") => BuildMemo.recall(asked(change), version)

describe("a build that was remembered", () => {
  it("is recalled as long as nothing has changed", () => {
    expect(recall()).toBeUndefined()
    remember()
    expect(recall()).toEqual(events)
    expect(recall()).toEqual(events)
  })

  it("has used its steps in the cache, as far as they are there", () => {
    write("store/cache/step.json", "{}")
    fs.utimesSync(at("store/cache/step.json"), 1, 1)
    remember()
    expect(recall()).toEqual(events)
    expect(fs.statSync(at("store/cache/step.json")).mtimeMs).toBeGreaterThan(Date.now() - 60_000)
    expect(fs.existsSync(at("store/cache/pruned.json"))).toBe(false)
  })

  it("is another one with other words, another environment, another store or another version", () => {
    remember()
    expect(recall({ words: ["build", "--no-cache", "context"] })).toBeUndefined()
    expect(recall({ environment: { HOME: "/root", HTTP_PROXY: "proxy" } })).toBeUndefined()
    expect(recall({ root: at("other") })).toBeUndefined()
    expect(recall({}, "2")).toBeUndefined()
  })

  const changes: ReadonlyArray<readonly [string, () => void]> = [
    ["the Dockerfile says something else", () => write("context/Dockerfile", "FROM scratch\nENV a=b\n")],
    ["an ignore file appears", () => write("context/.dockerignore", "src\n")],
    ["a file of the context is written", () => write("context/src/a.txt", "b")],
    ["a file of the context is touched", () => fs.utimesSync(at("context/src/a.txt"), 1, 1)],
    ["a file of the context has another mode", () => fs.chmodSync(at("context/src/a.txt"), 0o600)],
    ["a file is added", () => write("context/src/b.txt", "b")],
    ["a file is removed", () => fs.rmSync(at("context/src/a.txt"))],
    ["a name in the store means something else", () => write("store/index.json", '{"manifests":[]}')],
    ["an image or a step's record is gone", () => fs.rmSync(at("store", record))],
    ["the context is gone", () => fs.rmSync(at("context"), { recursive: true })]
  ]
  it.each(changes)("is forgotten when %s", (_, change) => {
    remember()
    change()
    expect(recall()).toBeUndefined()
  })

  it("is not kept where something may have changed while it was built", () => {
    remember(Date.now())
    expect(recall()).toBeUndefined()
  })

  it("is nothing where its file is damaged", () => {
    remember()
    const repeats = at("store/cache/repeats")
    for (const name of fs.readdirSync(repeats)) fs.writeFileSync(path.join(repeats, name), '{"version":"1"')
    expect(recall()).toBeUndefined()
  })

  it("is not kept where there is more to look at than a build would read", () => {
    for (let index = 0; index < 2001; index++) write(`context/many/${index}`, "")
    remember()
    expect(recall()).toBeUndefined()
  })

  it("makes room for others", () => {
    for (let index = 0; index < 80; index++) {
      const other = asked({ words: [String(index)] })
      BuildMemo.remember(other, outcome(), Date.now() + 10_000, "1")
      expect(BuildMemo.recall(other, "1")).toEqual(events)
    }
    expect(fs.readdirSync(at("store/cache/repeats")).length).toBeLessThanOrEqual(64)
  })
})
