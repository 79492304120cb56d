import * as Effect from "effect/Effect"
import { type Caller, settle } from "../core/container/Caller.js"
import * as ContainerName from "../core/container/ContainerName.js"
import * as Edit from "../core/container/Edit.js"
import * as Flags from "../core/container/Flags.js"
import type * as KeptRequest from "../core/container/KeptRequest.js"
import { differences } from "../core/display/Difference.js"
import * as Connections from "../core/network/Connections.js"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import type { VolumeRecord } from "../core/store/VolumeRecord.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { Supervisor } from "../edge/supervisor/Supervisor.js"
import { removeAnonymous } from "./AnonymousVolumes.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { decide, makeVolumes, understand } from "./DecideContainer.js"
import { enforce } from "./EnforceLimits.js"
import { conflict, invalid } from "./EngineError.js"
import { planSpec } from "./PrepareSpec.js"
import { isAlive } from "./RunIdentity.js"
import { stop } from "./Stop.js"
import * as VolumesFrom from "./VolumesFrom.js"

/** What is to become of a container: changes to what it asks for, or all of what it is to ask for. */
export interface EditRequest {
  readonly caller: Caller
  /** Undefined: it stays. */
  readonly name: string | undefined
  readonly what:
    | { readonly _tag: "Changes"; readonly changes: Edit.Changes }
    | { readonly _tag: "Whole"; readonly request: Edit.Request; readonly made: KeptRequest.Made }
}

/** A change that can be made. */
export interface Edited {
  readonly before: StoredContainer
  readonly after: ContainerRecord
  readonly changes: ReadonlyArray<Edit.FlagChange>
  /** The volumes that it needs. */
  readonly volumes: ReadonlyArray<Omit<VolumeRecord, "created">>
  /** Those that were made for it alone and are shown nowhere any more. */
  readonly dropped: ReadonlyArray<KeptRequest.KeptVolume>
}

/** Flags that mean the same to everyone need nothing of a caller. */
const anyone = (files: Caller["files"]): Caller => ({ environment: {}, workingDirectory: "/", files })

const asked = (kept: KeptRequest.KeptRequest, { caller, what }: EditRequest) =>
  Effect.gen(function* () {
    if (what._tag === "Whole") {
      // A profile that is named as before is as it was, whatever the file says by now.
      const files = { ...caller.files, ...kept.files }
      const settled = yield* settle(what.request.flags, { ...caller, files })
      return { ...settled, command: what.request.command, made: what.made }
    }
    const settled = yield* settle(yield* VolumesFrom.expand(what.changes.set), caller)
    const edited = yield* Edit.edit(kept, { ...what.changes, set: settled.flags })
    return { ...edited, files: { ...kept.files, ...settled.files }, made: kept.made }
  })

/** Taking one network away says nothing about those that came by `network connect`. */
const checkNetworks = ({ record }: StoredContainer, { what }: EditRequest) =>
  Effect.gen(function* () {
    if (what._tag === "Whole" || what.changes.remove["network"] === undefined) return
    const { connections } = yield* ContainerRequest.options(record)
    const changed = yield* (yield* NetworkStore).connections(record.id)
    const { added, removed } = Connections.since(changed, connections)
    if (added.length + removed.length > 0)
      return yield* conflict(
        `the networks of ${record.name} were changed by "network connect" or "disconnect": use those, or give all networks anew with --network`
      )
  })

/** All that a person can say about a container. */
const said = (request: Edit.Request, name: string, made: KeptRequest.Made | undefined): Edit.Request => ({
  ...request,
  flags: { name: [name], ...made?.flags, ...request.flags }
})

/** What a request makes of a container, on the way that `run` makes one. Changes nothing. */
export const plan = (before: StoredContainer, request: EditRequest) =>
  Effect.gen(function* () {
    const { record } = before
    const name = ContainerName.withoutSlash(request.name ?? record.name)
    const fault = ContainerName.fault(name)
    if (fault !== undefined) return yield* invalid(fault)
    const kept = yield* ContainerRequest.kept(record)
    yield* checkNetworks(before, request)
    const wanted = yield* asked(kept, request)
    const changes = Edit.differences(said(kept, record.name, kept.made), said(wanted, name, wanted.made))
    const refusal = changes.map(Edit.faultOf).find((one) => one !== undefined)
    if (refusal !== undefined) return yield* conflict(refusal)
    const understood = yield* understand(wanted.flags, wanted.command, anyone(wanted.files))
    const decided = yield* decide(understood, record.imageId, { made: wanted.made, volumes: kept.volumes })
    const stays = new Set(decided.volumes.map((volume) => volume.name))
    const edited: Edited = {
      before,
      after: { ...record, ...decided.record, name, autoRemove: Flags.isSet(wanted.flags, "rm") },
      changes,
      volumes: decided.volumes,
      dropped: Object.values(kept.volumes).filter((volume) => !stays.has(volume.name))
    }
    return edited
  })

/** Where the container's specification, as a start would resolve it now, differs. */
export const specification = ({ before, after }: Edited) =>
  Effect.gen(function* () {
    const had = yield* planSpec(before, undefined)
    return differences(had, yield* planSpec({ ...before, record: after }, undefined))
  })

const flagsOf = (changes: ReadonlyArray<Edit.FlagChange>): string =>
  changes.map(({ flag }) => (flag === "" ? "the command" : `--${flag}`)).join(", ")

const refuseRunning = ({ before, changes }: Edited) => {
  const live = changes.filter(Edit.isLive)
  const hint = live.length === 0 ? "" : ` (${flagsOf(live)} can be changed at once)`
  const waiting = flagsOf(changes.filter((change) => !Edit.isLive(change)))
  return conflict(
    `container ${before.record.name} runs, and cannot be given another value of ${waiting} while it does${hint}: stop it first, or let --now stop and start it`
  )
}

/** Replaces the record, in one step, if it is still what the change was planned for. */
const replace = (edited: Edited) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { after, before, changes, dropped, volumes } = edited
      const store = yield* ContainerStore
      yield* store.lock(after.id)
      const current = yield* store.get(after.id)
      if (JSON.stringify(current.record) !== JSON.stringify(before.record))
        return yield* conflict(`container ${before.record.name} was changed by another command: try again`)
      if (isAlive(current) && !changes.every(Edit.isLive)) return yield* refuseRunning(edited)
      yield* makeVolumes(volumes, after.created)
      if (isAlive(current)) yield* enforce({ ...current, record: after })
      yield* store.amend(after.id, after)
      yield* tell(ContainerEvents.of(after, "update"))
      yield* removeAnonymous(dropped)
    })
  )

/**
 * Makes a planned change. Its id and what it has written stay. A container that runs keeps running where that is possible; what
 * needs a new start is refused, or with `now` the container is stopped and started. When this process is killed the container
 * is what it was or what it was to be.
 */
export const apply = (edited: Edited, now: boolean) =>
  Effect.gen(function* () {
    const { before, changes } = edited
    if (changes.length === 0) return
    const mustStop = isAlive(before) && !changes.every(Edit.isLive)
    if (mustStop && !now) return yield* refuseRunning(edited)
    if (mustStop) yield* stop(before, { signal: undefined, timeout: undefined })
    yield* replace(edited)
    if (mustStop) yield* (yield* Supervisor).start({ id: before.record.id, size: undefined })
  })
