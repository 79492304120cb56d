import { inspectNetwork } from "../../engine/NetworkUse.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as FormatFlag from "../FormatFlag.js"
import { inspect } from "../Inspect.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  arity: Arity.atLeast(1),
  flags: { format: FormatFlag.ofThing },
  run: ({ format }, networks) => inspect(networks, format, inspectNetwork)
})
