import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import { layerRecording, Recorder, type Scripted } from "../../../src/edge/runtime/RuntimeRecording.js"
import * as Sandbox from "../../support/Sandbox.js"
import { processOf, specOf } from "../../support/Spec.js"

const root = {
  _tag: "Overlay",
  lower: ["/image"],
  upper: "/c/upper",
  work: "/c/work",
  merged: "/c/merged",
  userxattr: false
} as const

const spec = specOf({ root, args: ["sh", "-c", "true"] })
const does = (scripted: Partial<Scripted>) =>
  layerRecording(() => Effect.succeed({ code: 0, stdout: "", stderr: "", ...scripted }))

describe("the recording runtime", () => {
  it.effect("ends commands as the script says, and remembers what was started", () =>
    Effect.gen(function* () {
      expect(yield* Sandbox.run(spec)).toEqual({ code: 3, stdout: "out", stderr: "err" })
      const [start] = yield* (yield* Recorder).starts
      expect(start?.spec).toBe(spec)
      expect(start?.program?.steps.length).toBeGreaterThan(50)
    }).pipe(Effect.provide(does({ code: 3, stdout: "out", stderr: "err" })))
  )

  it.effect("lets a command run until a signal ends it, and pauses it meanwhile", () =>
    Effect.gen(function* () {
      const runtime = yield* Runtime
      const started = yield* runtime.start(spec, Sandbox.piped)
      const { state } = started
      yield* runtime.pause(state, spec)
      expect(yield* runtime.liveness(state, spec)).toBe("paused")
      yield* runtime.resume(state, spec)
      const other = yield* runtime.exec(state, spec, processOf(["ls"]), Sandbox.piped)
      expect(yield* runtime.liveness(other.state, spec)).toBe("running")
      yield* runtime.signal(state, 15)
      expect((yield* started.exit).code).toBe(143)
      expect(yield* runtime.liveness(state, spec)).toBe("gone")
      expect(yield* Effect.flip(runtime.signal(state, 15))).toMatchObject({ reason: "NotRunning" })
    }).pipe(Effect.provide(does({ code: undefined })))
  )

  it.effect("fails as the native runtime does when the program cannot come to its command", () =>
    Effect.gen(function* () {
      const nothing = specOf({ root, args: ["nope"], process: { executables: [] } })
      expect(yield* Effect.flip(Sandbox.run(nothing))).toMatchObject({
        reason: "CommandNotFound",
        exitCode: 127,
        message: 'exec: "nope": executable file not found in $PATH'
      })
    }).pipe(Effect.provide(does({})))
  )
})
