import * as Effect from "effect/Effect"
import * as NetworkFilter from "../core/network/NetworkFilter.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import * as NetworkView from "../core/network/NetworkView.js"
import * as Event from "../core/store/Event.js"
import { tell } from "../edge/store/Events.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { conflict, invalid } from "./EngineError.js"
import * as LivingNetworks from "./LivingNetworks.js"
import * as Networks from "./Networks.js"
import * as PruneFilter from "./PruneFilter.js"

/** The networks that fit, by name. */
export const listNetworks = (filters: ReadonlyArray<readonly [string, string]>) =>
  Effect.gen(function* () {
    const checked = yield* Effect.mapError(NetworkFilter.check(filters), invalid)
    const records = yield* Networks.all
    const used = networksOf(yield* LivingNetworks.living)
    return records
      .filter((record) => NetworkFilter.fits(checked, { record, inUse: used.has(record.id) }))
      .sort((left, right) => (left.name < right.name ? -1 : 1))
  })

const networksOf = (lives: Effect.Effect.Success<typeof LivingNetworks.living>): ReadonlySet<string> =>
  new Set(lives.flatMap(({ endpoints }) => endpoints.map(({ network }) => network)))

/** Docker's JSON of the network that a user means. */
export const inspectNetwork = (text: string) =>
  Effect.gen(function* () {
    const record = yield* Networks.resolve(text)
    return NetworkView.view(record, yield* LivingNetworks.living)
  })

/** Removes a network that no container is in. */
export const removeNetwork = (text: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* NetworkStore
      yield* Networks.all
      yield* store.lock
      const record = yield* store.resolve(text)
      if (NetworkRecord.isPredefined(record.name))
        return yield* conflict(`${record.name} is a pre-defined network and cannot be removed`)
      const alive = yield* LivingNetworks.sweep()
      const users = alive.flatMap(({ name, endpoints }) =>
        endpoints
          .filter(({ network }) => network === record.id)
          .map(({ id }) => `name:${JSON.stringify(name)} id:${JSON.stringify(id.slice(0, 12))}`)
      )
      if (users.length > 0)
        return yield* conflict(
          `error while removing network: network ${record.name} has active endpoints (${users.join(", ")})`
        )
      yield* store.remove(record.id)
    })
  )

/** Removes the networks that people made and no container that runs is in; gives their names. */
export const pruneNetworks = (filter: PruneFilter.PruneFilter) =>
  Effect.gen(function* () {
    const used = networksOf(yield* LivingNetworks.living)
    const removed: Array<string> = []
    for (const { id, name, labels, created } of yield* Networks.all) {
      if (NetworkRecord.isPredefined(name) || used.has(id)) continue
      if (!PruneFilter.fits(filter, labels, created)) continue
      const gone = yield* Effect.either(removeNetwork(id))
      // A container was quicker: then it is in use.
      if (gone._tag === "Right") removed.push(name)
    }
    yield* tell(Event.pruned("network", 0))
    return removed
  })
