import { unpause } from "../../engine/Pause.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { eachContainer } from "../EachContainer.js"

export default command({
  needs: "containers",
  usage: "CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {},
  run: (_flags, names) => eachContainer(names, unpause)
})
