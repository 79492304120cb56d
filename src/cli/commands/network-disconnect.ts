import * as Effect from "effect/Effect"
import { disconnectNetwork } from "../../engine/ConnectNetwork.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

const isConflict = (error: object) => "reason" in error && error.reason === "Conflict"

export default command({
  needs: "containers",
  usage: "[OPTIONS] NETWORK CONTAINER",
  arity: Arity.exactly(2),
  flags: {
    force: Flag.toggle("force", { short: "f", help: "Force the container to disconnect from a network" })
  },
  run: ({ force }, [network = "", container = ""]) =>
    Effect.as(
      Effect.catchIf(
        disconnectNetwork(network, container),
        (error) => force && isConflict(error),
        () => Effect.void
      ),
      0
    )
})
