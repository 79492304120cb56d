import { start } from "../../engine/oci/Start.js"
import * as Arity from "../Arity.js"
import { done, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "CONTAINER-ID",
  summary: "Execute the command of a created container",
  arity: Arity.exactly(1),
  flags: {},
  run: (root, id) => done(start(root, id))
})
