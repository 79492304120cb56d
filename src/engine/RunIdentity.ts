import type { ContainerState, ProcessIdentity } from "../core/store/ContainerState.js"
import type { RunState } from "../edge/runtime/RunState.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"

/** Where the runtime finds a container's process, from the container's state; undefined when none runs. */
export const runState = (state: ContainerState): RunState | undefined =>
  state.process === undefined
    ? undefined
    : {
        bootId: state.process.bootId,
        pid: state.process.pid,
        startTime: state.process.startTicks,
        monitorPid: state.monitor?.pid ?? 0
      }

/** The identity of process 1 as the store keeps it. */
export const processIdentity = (run: RunState): ProcessIdentity => ({
  bootId: run.bootId,
  pid: run.pid,
  startTicks: run.startTime
})

/** True while processes of the container exist. */
export const isAlive = ({ state }: StoredContainer): boolean =>
  state.process !== undefined && (state.status === "running" || state.status === "paused")
