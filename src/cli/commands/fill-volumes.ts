import * as Effect from "effect/Effect"
import { ContainerStore } from "../../edge/store/ContainerStore.js"
import { fillVolumes } from "../../engine/PrepareSpec.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

/** What an ordinary user's `run` has done by a process that is root of the user's ids. */
export default command({
  needs: "containers",
  usage: "CONTAINER",
  arity: Arity.exactly(1),
  flags: {},
  run: (_flags, [id = ""]) =>
    Effect.gen(function* () {
      yield* fillVolumes(yield* (yield* ContainerStore).get(id))
      return 0
    })
})
