import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { RunningContainer } from "../core/container/HostFacts.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict } from "./EngineError.js"
import { lives } from "./LivingProcess.js"

/** Docker's text for a container that is to be joined and does not run. */
const notRunning = (id: string, name: string, { network, ipc }: ContainerOptions): string => {
  if (network._tag === "Container" && network.container === name)
    return `cannot join network of a non running container: ${id}`
  const why = `container ${id} is not running`
  return ipc._tag === "Container" && ipc.container === name
    ? `can't join IPC of container ${id}: ${why}`
    : why
}

/** The running containers, by the names in `options`, whose namespaces are joined. */
export const neighbours = (names: ReadonlyArray<string>, options: ContainerOptions) =>
  Effect.gen(function* () {
    const found: Record<string, RunningContainer> = {}
    for (const name of names) {
      const { record, state } = yield* (yield* ContainerStore).resolve(name)
      if (state.status === "restarting")
        return yield* conflict(`Container ${record.id} is restarting, wait until the container is running`)
      if (state.process === undefined || !(yield* lives(state.process)))
        return yield* conflict(notRunning(record.id, name, options))
      const { ipc } = yield* ContainerRequest.options(record)
      found[name] = {
        id: record.id,
        pid: state.process.pid,
        sharesIpc: ipc._tag === "Shareable" || ipc._tag === "Host"
      }
    }
    return found
  })
