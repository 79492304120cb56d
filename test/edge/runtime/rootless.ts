import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { policy } from "../../../src/core/container/Reason.js"
import * as UserIdMaps from "../../../src/edge/linux/UserIdMaps.js"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import * as Sandbox from "../../support/Sandbox.js"
import { processOf, specOf } from "../../support/Spec.js"

// Run by Rootless.test.ts as an ordinary user: a shell script in a container, and what `exec` runs while it lasts.
const [text = "true", execText] = process.argv.slice(2)
const { uidMap, gidMap, writer } = UserIdMaps.ofThisUser()

const program = Effect.gen(function* () {
  const sandbox = yield* Sandbox.make
  const runtime = yield* Effect.provide(Runtime, layerNative(sandbox.directory))
  const root = sandbox.overlay()
  const spec = specOf({
    root: root._tag === "Overlay" ? { ...root, userxattr: true } : root,
    args: ["sh", "-c", text],
    user: {
      _tag: "New",
      uidMap,
      gidMap,
      writer,
      denySetgroups: writer === "direct",
      reason: policy("an ordinary user")
    },
    // ping_group_range is of the first user namespace only.
    spec: { deviceNodes: "bind", statusFile: sandbox.path("status/exit"), sysctls: [] }
  })
  const mounts = spec.mounts.map((mount) =>
    mount._tag === "Devpts" && writer === "direct"
      ? { ...mount, options: mount.options.replace(",gid=5", "") }
      : mount
  )
  const started = yield* runtime.start({ ...spec, mounts }, Sandbox.piped)
  if (execText === undefined) return yield* Sandbox.finish(started)
  const outcome = yield* Effect.flatMap(
    runtime.exec(started.state, spec, processOf(["sh", "-c", execText]), Sandbox.piped),
    Sandbox.finish
  )
  yield* runtime.killAll(started.state, spec)
  const waited = yield* runtime.wait(started.state, spec)
  return { ...outcome, waited: waited.code }
})

Effect.runPromise(Effect.either(Effect.scoped(program))).then((outcome) => {
  process.stdout.write(JSON.stringify(Either.merge(outcome)))
})
