import * as Effect from "effect/Effect"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import * as Sandbox from "../../support/Sandbox.js"
import { specOf } from "../../support/Spec.js"

// Run by Process.test.ts, which kills it: starts a container that is bound to this process, and tells its pid.
const program = Effect.gen(function* () {
  const sandbox = yield* Sandbox.make
  const runtime = yield* Effect.provide(Runtime, layerNative(sandbox.directory))
  const spec = specOf({ root: sandbox.overlay(), args: ["sleep", "1000"] })
  const started = yield* runtime.start(spec, { stdio: ["ignore", 1, 2], descriptors: [], lifetime: "bound" })
  process.stdout.write(`${started.state.pid}\n`)
  yield* started.exit
})

Effect.runPromise(Effect.scoped(program))
