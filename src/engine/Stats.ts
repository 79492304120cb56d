import * as Effect from "effect/Effect"
import * as CgroupUsage from "../core/container/CgroupUsage.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { ControlGroups, type Sample } from "../edge/runtime/ControlGroups.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { runState } from "./RunIdentity.js"

/** What a container uses, by Docker's formulae. All is zero for one that does not run. */
export interface Statistics {
  /** What the user called it; its short id where nobody did. */
  readonly asked: string
  readonly id: string
  readonly name: string
  /** 100 is one whole CPU. */
  readonly cpuPercent: number
  readonly memoryBytes: number
  readonly memoryLimitBytes: number
  readonly receivedBytes: number
  readonly sentBytes: number
  readonly readBytes: number
  readonly writtenBytes: number
  readonly pids: number
}

/** A container to look at again and again; `last` is the look before. */
export interface Watched {
  readonly asked: string
  readonly id: string
  readonly name: string
  readonly last: Sample | undefined
}

export const watched = (container: StoredContainer, asked: string): Watched => ({
  asked,
  id: container.record.id,
  name: container.record.name,
  last: undefined
})

const nothing = ({ asked, id, name }: Watched): Statistics => ({
  asked,
  id,
  name,
  cpuPercent: 0,
  memoryBytes: 0,
  memoryLimitBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  pids: 0
})

const statistics = (one: Watched, now: Sample): Statistics => {
  const limit = Math.min(now.memoryLimitBytes ?? Number.POSITIVE_INFINITY, now.machineMemoryBytes)
  return {
    ...nothing(one),
    cpuPercent: one.last === undefined ? 0 : CgroupUsage.cpuPercent(one.last, now, now.cpus),
    memoryBytes: now.memoryBytes,
    memoryLimitBytes: limit,
    receivedBytes: now.receivedBytes,
    sentBytes: now.sentBytes,
    readBytes: now.readBytes,
    writtenBytes: now.writtenBytes,
    pids: now.pids
  }
}

/**
 * One more look at a container: what to show, and what to look at the next time. The CPU's share is what was used since the
 * last look. `gone` for a container that was removed.
 */
export const look = (one: Watched) =>
  Effect.gen(function* () {
    const found = yield* Effect.option((yield* ContainerStore).get(one.id))
    if (found._tag === "None") return "gone" as const
    const { name } = found.value.record
    const run = runState(found.value.state)
    if (run === undefined) {
      const idle: Watched = { ...one, name, last: undefined }
      return { next: idle, shown: nothing(idle) }
    }
    const spec = yield* (yield* ContainerFiles).spec(found.value.paths)
    const now = yield* (yield* ControlGroups).sample(run, spec)
    return { next: { ...one, name, last: now }, shown: statistics({ ...one, name }, now) }
  })
