import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { buildSync } from "esbuild"
import { ContainerStore } from "../../../src/edge/store/ContainerStore.js"
import { Garbage } from "../../../src/edge/store/Garbage.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { layerFs } from "../../../src/edge/store/StoreLive.js"
import { check } from "../../../src/engine/Check.js"

const here = path.dirname(fileURLToPath(import.meta.url))
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-crash-"))
const child = path.join(here, `../../../node_modules/.crash-${process.pid}.mjs`)
const root = `${dir}/store`
const ready = `${dir}/ready`

beforeAll(() => {
  buildSync({
    entryPoints: [path.join(here, "crash.child.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["koffi", "fzstd"],
    outfile: child
  })
})
afterAll(() => {
  fs.rmSync(dir, { recursive: true, force: true })
  fs.rmSync(child, { force: true })
})

/** Runs a task, killed at its n-th step (0: not at all); true if it got to its end. */
const run = (task: string, step: number): boolean => {
  const { status, signal, stderr } = spawnSync(process.execPath, [child, root, task], {
    env: { ...process.env, KASANE_CRASH_AT: step === 0 ? "" : String(step) },
    encoding: "utf8"
  })
  if (signal !== "SIGKILL" && status !== 0) throw new Error(stderr)
  return status === 0
}

/** Partial blobs stay so that a pull can be resumed; what this very process is writing is not left over. */
const isLeft = (name: string): boolean => name !== "partial" && !name.startsWith(`${process.pid}-`)

const entries = (name: string): ReadonlyArray<string> =>
  fs.existsSync(`${root}/${name}`) ? fs.readdirSync(`${root}/${name}`).filter(isLeft) : []

/** What must hold whenever a command has died: the store is whole, and what was there before still is. */
const inspected = Effect.gen(function* () {
  expect((yield* check).problems).toEqual([])
  yield* (yield* Garbage).recover
  for (const name of ["ingest", "trash", "leases"]) expect([name, entries(name)]).toEqual([name, []])
  return {
    images: (yield* (yield* ImageStore).list).flatMap(({ names }) => names).sort(),
    containers: (yield* (yield* ContainerStore).list).map(({ record }) => record.name)
  }
})

const look = Effect.suspend(() => Effect.provide(inspected, layerFs(root, "root")))

const x = "docker.io/library/x:1"
const y = "docker.io/library/y:1"

/** Tasks in an order in which each finds what it needs; what is there before it, and after. */
const tasks: ReadonlyArray<{
  readonly task: string
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
  readonly made: ReadonlyArray<string>
}> = [
  { task: "pull", before: [], after: ["pull"], made: [x] },
  { task: "build", before: ["pull"], after: ["pull", "build"], made: [x, y] },
  { task: "create", before: ["pull"], after: ["pull", "create"], made: [x, "c1"] },
  { task: "rm", before: ["pull", "create"], after: ["pull"], made: [x] },
  { task: "rmi", before: ["pull"], after: [], made: [] }
]

const stepsMax = 60

// The layers' whiteouts and owners are root's to make.
describe.runIf(process.getuid?.() === 0)("a process that is killed at any of its durable steps", () => {
  it.live.each(tasks)(
    "$task: leaves a whole store, loses nothing, and succeeds when it is tried again",
    ({ task, before, made }) =>
      Effect.gen(function* () {
        fs.rmSync(root, { recursive: true, force: true })
        fs.rmSync(ready, { recursive: true, force: true })
        fs.mkdirSync(root)
        for (const each of before) run(each, 0)
        fs.renameSync(root, ready)
        let step = 1
        for (; step < stepsMax; step += step < 8 ? 1 : 3) {
          fs.rmSync(root, { recursive: true, force: true })
          fs.cpSync(ready, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
          if (run(task, step)) break
          const found = yield* look
          const kept = [...found.images, ...found.containers]
          for (const name of before.includes("pull") && task !== "rmi" ? [x] : [])
            expect(kept).toContain(name)
          // What was removed may be gone already, what was made be there; then there is nothing to try again.
          if (task === "create" && kept.includes("c1")) continue
          if ((task === "rm" && !kept.includes("c1")) || (task === "rmi" && !kept.includes(x))) continue
          run(task, 0)
          const retried = yield* look
          expect([...retried.images, ...retried.containers]).toEqual(made)
        }
        expect(step).toBeGreaterThan(2)
        expect(step).toBeLessThan(stepsMax)
      }),
    300_000
  )
})
