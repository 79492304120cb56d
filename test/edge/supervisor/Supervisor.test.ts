import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as ControlServer from "../../../src/edge/supervisor/ControlServer.js"
import * as ErrandClient from "../../../src/edge/supervisor/ErrandClient.js"
import { programIdentity } from "../../../src/edge/supervisor/ProgramIdentity.js"
import { SupervisorError } from "../../../src/edge/supervisor/Supervisor.js"
import * as SupervisorClient from "../../../src/edge/supervisor/SupervisorClient.js"
import * as SupervisorPlace from "../../../src/edge/supervisor/SupervisorPlace.js"

const store = Effect.acquireRelease(
  Effect.sync(() => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-supervisor-"))
    fs.mkdirSync(SupervisorPlace.of(root).directory, { mode: 0o700 })
    return root
  }),
  (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
)
const serve = (root: string, handlers: Partial<ControlServer.Handlers>) =>
  Effect.gen(function* () {
    const office = yield* ControlServer.open(SupervisorPlace.of(root))
    if (office === undefined) return false
    yield* Effect.forkScoped(
      office.serve({
        start: () => Effect.succeed(Effect.succeed(0)),
        flush: () => Effect.void,
        wait: () => Effect.succeed(undefined),
        adopt: Effect.void,
        program: programIdentity(),
        errand: () => Effect.succeed(undefined),
        ...handlers
      })
    )
    return true
  })
const client = (root: string, command: readonly [string, ...ReadonlyArray<string>] = ["false"]) =>
  Effect.sync(() => SupervisorClient.service({ root, command }))

describe("the supervisor's socket", () => {
  it.scoped("does errands for its own build, and leaves others to who asks", () =>
    Effect.gen(function* () {
      const errand = { path: "stop", argv: ["one", "two"] }
      const ask = (root: string) => Effect.promise(() => ErrandClient.ask(root, errand))
      expect(yield* ask("/nowhere")).toBeUndefined()
      const free = yield* store
      expect(yield* ask(free)).toBeUndefined()
      const asked: Array<unknown> = []
      yield* serve(free, {
        errand: (path, argv) => {
          asked.push({ path, argv })
          return Effect.succeed(() => Effect.succeed(7))
        }
      })
      expect(yield* ask(free)).toBe(7)
      expect(asked).toEqual([errand])
      const other = yield* store
      yield* serve(other, { program: "another build", errand: () => Effect.die("asked") })
      expect(yield* ask(other)).toBeUndefined()
      const picky = yield* store
      yield* serve(picky, {})
      expect(yield* ask(picky)).toBeUndefined()
    })
  )

  it.scoped("brings requests and answers, failures with their exit code", () =>
    Effect.gen(function* () {
      const root = yield* store
      const asked: Array<unknown> = []
      yield* serve(root, {
        start: (id, size) =>
          Effect.suspend(() => {
            asked.push([id, size])
            return id === "bad"
              ? new SupervisorError({ message: "no", exitCode: 127 })
              : Effect.succeed(Effect.succeed(0))
          })
      })
      const supervisor = yield* client(root)
      yield* supervisor.start({ id: "good", size: { rows: 3, columns: 4 } })
      expect(yield* Effect.flip(supervisor.start({ id: "bad", size: undefined }))).toMatchObject({
        message: "no",
        exitCode: 127
      })
      expect(asked).toEqual([
        ["good", { rows: 3, columns: 4 }],
        ["bad", undefined]
      ])
    })
  )

  it.scoped("lets someone attach between preparing and starting", () =>
    Effect.gen(function* () {
      const root = yield* store
      const order: Array<string> = []
      yield* serve(root, {
        start: (_id, _size, prepared) =>
          Effect.andThen(
            Effect.andThen(
              Effect.sync(() => order.push("prepared")),
              prepared
            ),
            Effect.sync(() => {
              order.push("started")
              return Effect.succeed(42)
            })
          )
      })
      const supervisor = yield* client(root)
      const ended = yield* supervisor.startAttached(
        { id: "x", size: undefined },
        Effect.sync(() => void order.push("attached"))
      )
      expect(order).toEqual(["prepared", "attached", "started"])
      expect(yield* ended).toBe(42)
    })
  )

  it.scoped("belongs to one process, and to the next when that is gone", () =>
    Effect.gen(function* () {
      const root = yield* store
      const first = yield* Scope.make()
      expect(yield* Scope.extend(serve(root, {}), first)).toBe(true)
      expect(yield* serve(root, {})).toBe(false)
      yield* Scope.close(first, Exit.void)
      expect(yield* serve(root, {})).toBe(true)
      yield* (yield* client(root)).adopt
    })
  )

  it.scopedLive("tells when no supervisor can be had", () =>
    Effect.gen(function* () {
      const root = yield* store
      const supervisor = yield* client(root)
      expect((yield* Effect.flip(supervisor.adopt)).message).toContain("the supervisor did not start")
      expect((yield* Effect.flip((yield* client(root, ["true"])).adopt)).message).toContain("does not answer")
      yield* supervisor.flush("x")
    })
  )
})
