import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { createVolume } from "../../engine/Volumes.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import { pairs } from "../Pairs.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] [VOLUME]",
  arity: Arity.atMost(1),
  flags: {
    driver: Flag.text("driver", { short: "d", shown: '"local"', help: "Specify volume driver name" }),
    label: Flag.texts("label", { help: "Set metadata for a volume" }),
    opt: Flag.texts("opt", { short: "o", type: "map", help: "Set driver specific options" })
  },
  run: ({ driver, label, opt }, [name]) =>
    Effect.gen(function* () {
      const made = yield* createVolume({
        name,
        drawn: yield* Effect.sync(() => crypto.randomBytes(32).toString("hex")),
        driver: driver ?? "local",
        labels: pairs(label),
        options: pairs(opt)
      })
      yield* (yield* Terminal).out(`${made}\n`)
      return 0
    })
})
