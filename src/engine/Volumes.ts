import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as VolumeFilter from "../core/store/VolumeFilter.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict, invalid } from "./EngineError.js"

/** A volume to make. Without a name it gets `drawn`. */
export interface VolumeRequest {
  readonly name: string | undefined
  /** 64 hexadecimal digits: the name of a volume that has none of its own. */
  readonly drawn: string
  readonly driver: string
  readonly labels: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, string>>
}

const nameGrammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

/** Makes a volume, or finds the one of that name; gives its name. */
export const createVolume = ({ name, drawn, driver, labels, options }: VolumeRequest) =>
  Effect.gen(function* () {
    const wanted = name ?? drawn
    if (driver !== "local") {
      const plugin = `error looking up volume plugin ${driver}: plugin "${driver}" not found`
      return yield* invalid(`create ${wanted}: ${plugin}`)
    }
    if (!nameGrammar.test(wanted)) {
      return yield* invalid(
        `create ${wanted}: "${wanted}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`
      )
    }
    const store = yield* VolumeStore
    const created = new Date(yield* Clock.currentTimeMillis).toISOString()
    const known = yield* Effect.option(store.get(wanted))
    if (Option.isNone(known)) {
      yield* store.create({ name: wanted, created, labels, options, anonymous: name === undefined })
    }
    return wanted
  })

/** The ids of the containers that have each volume. */
const users = Effect.gen(function* () {
  const used = new Map<string, Array<string>>()
  for (const { record } of yield* (yield* ContainerStore).list) {
    const { volumes } = yield* ContainerRequest.kept(record)
    for (const { name } of Object.values(volumes)) used.set(name, [...(used.get(name) ?? []), record.id])
  }
  return used
})

/** Removes a volume that no container has. What is not there is a failure unless `force`. */
export const removeVolume = (name: string, force: boolean) =>
  Effect.gen(function* () {
    const using = (yield* users).get(name) ?? []
    if (using.length > 0) return yield* conflict(`remove ${name}: volume is in use - [${using.join(", ")}]`)
    const store = yield* VolumeStore
    yield* Effect.catchIf(
      store.remove(name),
      ({ reason }) => force && reason === "Missing",
      () => Effect.void
    )
  })

/** The volumes that fit, by name. */
export const listVolumes = (filters: VolumeFilter.VolumeFilter) =>
  Effect.gen(function* () {
    const filter = yield* VolumeFilter.parse(filters)
    const all = yield* (yield* VolumeStore).list
    if (filter.length === 0) return all
    const used = yield* users
    return all.filter(({ record }) => VolumeFilter.fits(filter, record, used.has(record.name)))
  })
