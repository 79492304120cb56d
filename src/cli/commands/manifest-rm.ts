import * as ManifestLists from "../../engine/ManifestLists.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { each } from "../Each.js"

export default command({
  needs: "manifest",
  usage: "MANIFEST_LIST [MANIFEST_LIST...]",
  arity: Arity.atLeast(1),
  flags: {},
  run: (_, lists) => each(lists, ManifestLists.remove)
})
