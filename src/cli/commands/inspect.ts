import * as Effect from "effect/Effect"
import { inspectContainer, inspectContainerWithSize } from "../../engine/InspectContainer.js"
import { inspectImage } from "../../engine/InspectImage.js"
import { inspectVolume } from "../../engine/InspectVolume.js"
import { inspectNetwork } from "../../engine/NetworkUse.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import * as FormatFlag from "../FormatFlag.js"
import { inspect } from "../Inspect.js"

const isMissing = (error: object) => "reason" in error && error.reason === "Missing"

/** One look-up for each type, with or without sizes. */
const finders = (size: boolean) => {
  const container = (name: string) => (size ? inspectContainerWithSize(name) : inspectContainer(name))
  return {
    container,
    image: inspectImage,
    network: inspectNetwork,
    volume: inspectVolume,
    /** The first thing of that name; another failure than its absence is told. */
    any: (name: string) =>
      container(name).pipe(
        Effect.catchIf(isMissing, () => inspectImage(name)),
        Effect.catchIf(isMissing, () => inspectNetwork(name)),
        Effect.catchIf(isMissing, () => inspectVolume(name)),
        Effect.catchIf(isMissing, () => Effect.fail({ message: `No such object: ${name}` }))
      )
  }
}

export default command({
  needs: "containers",
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  arity: Arity.atLeast(1),
  flags: {
    format: FormatFlag.ofThing,
    size: Flag.toggle("size", { short: "s", help: "Display total file sizes if the type is container" }),
    type: Flag.text("type", { help: "Only inspect objects of the given type" })
  },
  run: ({ format, size, type = "" }, names) => {
    const find = finders(size)
    switch (type) {
      case "":
        return inspect(names, format, find.any)
      case "container":
        return inspect(names, format, find.container)
      case "image":
        return inspect(names, format, find.image)
      case "network":
        return inspect(names, format, find.network)
      case "volume":
        return inspect(names, format, find.volume)
      default:
        return Effect.fail({ message: `"${type}" is not a valid value for --type` })
    }
  }
})
