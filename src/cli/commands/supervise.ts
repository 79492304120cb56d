import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { StoreRoot } from "../../edge/store/StoreRoot.js"
import * as ControlServer from "../../edge/supervisor/ControlServer.js"
import * as SupervisorPlace from "../../edge/supervisor/SupervisorPlace.js"
import { supervise } from "../../engine/Supervise.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

/** Becomes the store's supervisor, unless there is one; tells who started it that it listens. */
export default command({
  needs: "containers",
  usage: "",
  arity: Arity.none,
  flags: {},
  run: () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { paths } = yield* StoreRoot
        const office = yield* ControlServer.open(SupervisorPlace.of(paths.root))
        if (office === undefined) return 0
        // Who started us waits for a word, and may be gone by now.
        yield* Effect.ignore(Effect.try(() => fs.writeSync(1, "listening\n")))
        yield* supervise(office)
        return 0
      })
    )
})
