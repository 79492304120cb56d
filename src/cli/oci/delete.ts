import { remove } from "../../engine/oci/Delete.js"
import * as Arity from "../Arity.js"
import * as OciFlags from "./OciFlags.js"
import { done, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS] CONTAINER-ID",
  summary: "Remove what was made for a container that has ended",
  arity: Arity.exactly(1),
  flags: OciFlags.remove,
  run: (root, id, { force }) => done(remove(root, id, force))
})
