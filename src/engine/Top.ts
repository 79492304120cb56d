import * as Effect from "effect/Effect"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { ProcessTable } from "../edge/host/ProcessTable.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { conflict } from "./EngineError.js"
import { runState } from "./RunIdentity.js"

/** The processes of a running container as the host's `ps` shows them: titles, then a row each. */
export const top = (container: StoredContainer, psArguments: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const run = runState(container.state)
    if (run === undefined) return yield* conflict(`container ${container.record.id} is not running`)
    const table = yield* (yield* ProcessTable).inNamespaceOf(run.pid, psArguments)
    yield* tell(ContainerEvents.of(container.record, "top"))
    return table
  })
