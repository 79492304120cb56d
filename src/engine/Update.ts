import * as Effect from "effect/Effect"
import * as Flags from "../core/container/Flags.js"
import * as KeptRequest from "../core/container/KeptRequest.js"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { enforce } from "./EnforceLimits.js"
import { conflict } from "./EngineError.js"
import * as HostLimits from "./HostLimits.js"

/** What cannot be changed one by one. Source: moby, Container.UpdateContainer. */
const faultOf = (before: Flags.Flags, asked: Flags.Flags, autoRemove: boolean): string | undefined => {
  const had = (name: string) => Number(Flags.last(before, name) ?? 0) > 0
  const wants = (name: string) => Number(Flags.last(asked, name) ?? 0) > 0
  if (wants("cpus") && had("cpu-period"))
    return "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set"
  if (wants("cpus") && had("cpu-quota"))
    return "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set"
  if (wants("cpu-period") && had("cpus"))
    return "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set"
  if (wants("cpu-quota") && had("cpus"))
    return "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set"
  const restart = Flags.last(asked, "restart")
  return autoRemove && restart !== undefined && restart !== "no" && restart !== ""
    ? "Restart policy cannot be updated because AutoRemove is enabled for the container"
    : undefined
}

/** Swap was limited with memory when the container was made: that limit stays where only memory's is changed. */
const withSwap = (kept: KeptRequest.KeptRequest, asked: Flags.Flags) =>
  Effect.gen(function* () {
    if (Flags.last(asked, "memory") === undefined || Flags.last(asked, "memory-swap") !== undefined)
      return asked
    const before = (yield* KeptRequest.options(kept)).resources
    if (before.memorySwap === undefined || before.memorySwap === -1) return asked
    const { resources } = yield* KeptRequest.options({ ...kept, flags: { memory: asked["memory"] ?? [] } })
    if ((resources.memory ?? 0) > before.memorySwap)
      return yield* conflict(
        "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
      )
    return { ...asked, "memory-swap": [String(before.memorySwap)] }
  })

/**
 * Changes limits and the restart policy of a container: in force at once where it runs, and at every later start. Nothing is
 * changed when something of it cannot be.
 */
export const update = (container: StoredContainer, flags: Flags.Flags) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* ContainerStore
      const { id } = container.record
      yield* store.lock(id)
      const current = yield* store.get(id)
      const kept = yield* ContainerRequest.kept(current.record)
      const cannot = (why: string) => conflict(`Cannot update container ${id}: ${why}`)
      const fault = faultOf(kept.flags, flags, current.record.autoRemove)
      if (fault !== undefined) return yield* cannot(fault)
      const asked = yield* Effect.catchTag(withSwap(kept, flags), "EngineError", ({ message }) =>
        cannot(message)
      )
      const changed: KeptRequest.KeptRequest = { ...kept, flags: { ...kept.flags, ...asked } }
      yield* HostLimits.check(yield* KeptRequest.options(changed))
      const record = { ...current.record, host: changed }
      yield* enforce({ ...current, record })
      yield* store.amend(id, { host: changed })
      yield* tell(ContainerEvents.of(record, "update"))
    })
  )
