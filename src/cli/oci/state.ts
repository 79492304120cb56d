import * as Effect from "effect/Effect"
import * as List from "../../engine/oci/List.js"
import * as Arity from "../Arity.js"
import { done, printJson, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "CONTAINER-ID",
  summary: "Print a container's state",
  arity: Arity.exactly(1),
  flags: {},
  run: (root, id) => done(Effect.flatMap(List.stateOf(root, id), printJson))
})
