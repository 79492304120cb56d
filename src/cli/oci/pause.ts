import * as Kill from "../../engine/oci/Kill.js"
import * as Arity from "../Arity.js"
import { done, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "CONTAINER-ID",
  summary: "Freeze a container's processes",
  arity: Arity.exactly(1),
  flags: {},
  run: (root, id) => done(Kill.pause(root, id))
})
