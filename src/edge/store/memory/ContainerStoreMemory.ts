import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ContainerState from "../../../core/store/ContainerState.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { idOf, type Known, nameTaken, newestFirst, noContainer } from "../ContainerNaming.js"
import { type Amendment, ContainerStore, type StoredContainer } from "../ContainerStore.js"
import { attempt } from "../fs/Failure.js"
import { missing, StoreError } from "../StoreError.js"
import { Memory, type MemoryContainer, type MemoryState } from "./MemoryState.js"

const isAlive = (memory: MemoryState, identity: ContainerState.ProcessIdentity | undefined): boolean => {
  const found = identity && memory.processes.get(identity.pid)
  return found !== undefined && found.startTicks === identity?.startTicks && found.bootId === identity.bootId
}

const stored = (memory: MemoryState, { record, state }: MemoryContainer): StoredContainer => ({
  record,
  state: ContainerState.observe(state, {
    isProcessAlive: isAlive(memory, state.process),
    isMonitorAlive: isAlive(memory, state.monitor),
    exit: undefined
  }),
  paths: LayoutPaths.container(memory.paths, record.id)
})

/** Every container, newest first. */
export const storedContainers = (memory: MemoryState): ReadonlyArray<StoredContainer> =>
  [...memory.containers.values()].map((one) => stored(memory, one)).sort(newestFirst)

export const layer: Layer.Layer<ContainerStore, never, Memory> = Layer.effect(
  ContainerStore,
  Effect.map(Memory, ({ state: memory }) => {
    const known: Known = {
      has: (id) => memory.containers.has(id),
      holderOf: (name) => memory.holderOf(name),
      ids: () => [...memory.containers.keys()]
    }
    const kept = (id: string): Effect.Effect<MemoryContainer, StoreError> =>
      Effect.suspend(() => {
        const found = memory.containers.get(id)
        return found === undefined ? Effect.fail(noContainer(id)) : Effect.succeed(found)
      })
    const get = (id: string) => Effect.map(kept(id), (found) => stored(memory, found))
    const lockOf = (id: string): string => LayoutPaths.container(memory.paths, id).lock
    const amend = Effect.fn("ContainerStore.amend")(function* (id: string, changes: Amendment) {
      const { record, state } = yield* kept(id)
      const holder = changes.name === undefined ? id : (memory.holderOf(changes.name) ?? id)
      if (changes.name !== undefined && holder !== id) return yield* nameTaken(changes.name, holder)
      memory.containers.set(id, { record: { ...record, ...changes }, state })
    })
    return ContainerStore.of({
      create: Effect.fn("ContainerStore.create")(function* (record) {
        return yield* attempt("make container", record.id, () => {
          if (record.chainId !== undefined) memory.stack(record.chainId)
          const holder = memory.holderOf(record.name)
          if (holder !== undefined) throw nameTaken(record.name, holder)
          const made = { record, state: ContainerState.created }
          memory.containers.set(record.id, made)
          memory.uppers.set(LayoutPaths.container(memory.paths, record.id).upper, [])
          return stored(memory, made)
        })
      }),
      list: Effect.sync(() => storedContainers(memory)),
      resolve: (text) =>
        Effect.flatMap(
          Effect.suspend(() => idOf(text, known)),
          get
        ),
      get,
      setState: (id, state) =>
        Effect.map(kept(id), ({ record }) => {
          memory.containers.set(id, { record, state })
        }),
      amend,
      rename: (id, name) => amend(id, { name }),
      remove: (id) =>
        Effect.sync(() => {
          memory.containers.delete(id)
          memory.uppers.delete(LayoutPaths.container(memory.paths, id).upper)
        }),
      lock: (id) => memory.lock(lockOf(id)),
      tryLock: (id) =>
        Effect.suspend(() =>
          memory.isLocked(lockOf(id)) ? Effect.fail(inUse(id, lockOf(id))) : memory.lock(lockOf(id))
        ),
      identify: (pid) =>
        Effect.suspend(() => {
          const found = memory.processes.get(pid)
          return found === undefined ? Effect.fail(noProcess(pid)) : Effect.succeed(found)
        })
    })
  })
)

const inUse = (id: string, lock: string): StoreError =>
  new StoreError({
    reason: "Locked",
    subject: lock,
    message: `container ${id.slice(0, 12)} is in use by another command; try again when it has ended`
  })

const noProcess = (pid: number): StoreError => missing(String(pid), `there is no process ${pid}`)
