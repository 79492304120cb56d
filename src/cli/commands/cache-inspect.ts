import { inspectCache } from "../../engine/cache/InspectCache.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as FormatFlag from "../FormatFlag.js"
import { inspect } from "../Inspect.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] ID [ID...]",
  arity: Arity.atLeast(1),
  flags: { format: FormatFlag.ofThing },
  run: ({ format }, ids) => inspect(ids, format, inspectCache)
})
