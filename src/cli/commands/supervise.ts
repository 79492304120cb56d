import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as SystemdUnit from "../../core/display/SystemdUnit.js"
import { ofProcess } from "../../edge/host/SelfCommand.js"
import { StoreRoot } from "../../edge/store/StoreRoot.js"
import * as ControlServer from "../../edge/supervisor/ControlServer.js"
import { ErrandDesk } from "../../edge/supervisor/ErrandDesk.js"
import { programIdentity } from "../../edge/supervisor/ProgramIdentity.js"
import * as SmallHeap from "../../edge/supervisor/SmallHeap.js"
import * as SupervisorPlace from "../../edge/supervisor/SupervisorPlace.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { supervise } from "../../engine/Supervise.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import * as Flag from "../Flag.js"

/** Becomes the store's supervisor, unless there is one; tells who started it that it listens. */
const keep = Effect.scoped(
  Effect.gen(function* () {
    const { paths } = yield* StoreRoot
    const office = yield* ControlServer.open(SupervisorPlace.of(paths.root))
    if (office === undefined) return 0
    // Who started us waits for a word, and may be gone by now.
    yield* Effect.ignore(Effect.try(() => fs.writeSync(1, "listening\n")))
    // Not before what the first container needs is loaded.
    yield* Effect.forkScoped(Effect.delay(SmallHeap.keep, "1 second"))
    yield* supervise(office, { program: programIdentity(), errand: (yield* ErrandDesk).take })
    return 0
  })
)

const revive = Effect.gen(function* () {
  const { boot } = yield* Effect.promise(() => import("../../engine/Boot.js"))
  const unrevived = yield* boot
  const terminal = yield* Terminal
  yield* terminal.err(unrevived.map(({ name, message }) => `Error: ${name}: ${message}\n`).join(""))
  return unrevived.length === 0 ? 0 : 1
})

const printUnit = Effect.gen(function* () {
  const { paths } = yield* StoreRoot
  const unit = SystemdUnit.text({
    command: [...ofProcess(), "--root", paths.root, "supervise", "--boot"],
    manager: process.geteuid?.() === 0 ? "system" : "user"
  })
  yield* (yield* Terminal).out(unit)
  return 0
})

export default command({
  needs: "supervision",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {
    boot: Flag.toggle("boot", {
      help: "After a boot: write down what ended with the machine, start the containers whose restart policy wants it"
    }),
    unit: Flag.toggle("unit", { help: "Print a unit for systemd that does this at every boot" })
  },
  run: ({ boot: isBoot, unit }) =>
    Effect.gen(function* () {
      if (isBoot && unit)
        return yield* Effect.fail<Failure>({
          message: "conflicting options: cannot specify both --boot and --unit"
        })
      if (unit) return yield* printUnit
      return yield* isBoot ? revive : keep
    })
})
