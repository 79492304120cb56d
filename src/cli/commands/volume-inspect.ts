import { inspectVolume } from "../../engine/InspectVolume.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as FormatFlag from "../FormatFlag.js"
import { inspect } from "../Inspect.js"

export default command({
  needs: "store",
  usage: "[OPTIONS] VOLUME [VOLUME...]",
  arity: Arity.atLeast(1),
  flags: { format: FormatFlag.ofThing },
  run: ({ format }, volumes) => inspect(volumes, format, inspectVolume)
})
