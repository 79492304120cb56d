import { inspectContainer, inspectContainerWithSize } from "../../engine/InspectContainer.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"
import { inspect } from "../Inspect.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {
    format: FormatFlag.ofThing,
    size: Flag.toggle("size", { short: "s", help: "Display total file sizes" })
  },
  run: ({ format, size }, containers) =>
    inspect(containers, format, (name) => (size ? inspectContainerWithSize(name) : inspectContainer(name)))
})
