import * as Effect from "effect/Effect"
import { ContainerStore } from "../../edge/store/ContainerStore.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"

export default command({
  needs: "containers",
  usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
  arity: Arity.between(1, 2),
  flags: {},
  run: (_flags, [name = "", port]) =>
    Effect.gen(function* () {
      yield* (yield* ContainerStore).resolve(name)
      // A container on the host's network publishes nothing.
      if (port !== undefined)
        return yield* Effect.fail<Failure>({ message: `No public port '${port}' published for ${name}` })
      return 0
    })
})
