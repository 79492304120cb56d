import * as Effect from "effect/Effect"
import * as ContainerEvents from "../../core/store/ContainerEvents.js"
import { tell } from "../../edge/store/Events.js"
import { Supervisor } from "../../edge/supervisor/Supervisor.js"
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
    timeout: Flag.integer("timeout", { short: "t", help: "Seconds to wait before killing the container" }),
    time: Flag.integer("time", { help: "Seconds to wait before killing the container", hidden: true })
  },
  run: ({ signal, time, timeout }, names) =>
    Effect.gen(function* () {
      const supervisor = yield* Supervisor
      return yield* eachContainer(names, (container) =>
        Effect.gen(function* () {
          yield* stop(container, { signal, timeout: timeout ?? time })
          yield* supervisor.start({ id: container.record.id, size: undefined })
          yield* tell(ContainerEvents.of(container.record, "restart"))
        })
      )
    })
})
