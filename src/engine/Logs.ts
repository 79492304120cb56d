import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { ContainerLogs } from "../edge/supervisor/ContainerLogs.js"
import type { LogQuery } from "../edge/supervisor/LogSearch.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { invalid } from "./EngineError.js"
import { hasRelay } from "./RelayIdentity.js"
import { isAlive } from "./RunIdentity.js"
import * as Wait from "./Wait.js"

/** What a container has written; with `follow`, also what it writes until it has ended for good. */
export const logs = (container: StoredContainer, query: LogQuery, reach: "so far" | "follow") =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { record, paths } = container
      const options = yield* ContainerRequest.options(record)
      if (options.logDriver === "none")
        return yield* invalid("configured logging driver does not support reading")
      const log = yield* ContainerLogs
      const supervisor = yield* Supervisor
      // What it writes waits in its pipes while nobody relays it; what is in the log can be read all the same.
      if (isAlive(container) && !(yield* hasRelay(container.state))) yield* Effect.ignore(supervisor.adopt)
      yield* supervisor.flush(record.id)
      if (reach === "so far") return log.read(paths, query)
      const context = yield* Effect.context<Effect.Effect.Context<ReturnType<typeof Wait.untilSettled>>>()
      const ended = Wait.untilSettled(record.id).pipe(Effect.ignore, Effect.provide(context))
      return log.follow(paths, query, ended)
    })
  )
