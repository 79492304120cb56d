import { stop } from "../../engine/Stop.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { eachContainer } from "../EachContainer.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  flags: {
    signal: Flag.text("signal", { short: "s", help: "Signal to send to the container" }),
    timeout: Flag.integer("timeout", {
      short: "t",
      help: "Seconds to wait before killing the container"
    }),
    time: Flag.integer("time", { help: "Seconds to wait before killing the container", hidden: true })
  },
  errand: () => true,
  run: ({ signal, time, timeout }, names) =>
    eachContainer(names, (container) => stop(container, { signal, timeout: timeout ?? time }))
})
