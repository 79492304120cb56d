import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as FilterValue from "../filter/FilterValue.js"
import * as PortSpec from "../network/PortSpec.js"
import type { ContainerRecord } from "./ContainerRecord.js"
import type { ContainerState } from "./ContainerState.js"

/** A `--filter` of `ps` that says nothing we know, in Docker's words. */
export class ContainerFilterError extends Data.TaggedError("ContainerFilterError")<{
  readonly message: string
}> {}

/** What `ps --filter` asks for, by name: values of one name are alternatives (labels go together), names go together. */
export type ContainerFilter = ReadonlyMap<string, ReadonlyArray<string>>

/** What a filter can look at. */
export interface Candidate {
  readonly record: ContainerRecord
  readonly state: ContainerState
  /** Names of its volumes, sources of its binds, and where both are shown. */
  readonly volumes: ReadonlyArray<string>
  readonly networks: ReadonlyArray<{ readonly id: string; readonly name: string }>
  /** Ports of the host that lead to it, as `8080/tcp`. */
  readonly published: ReadonlyArray<string>
  /** Its own ports, published or exposed, while it runs. */
  readonly exposed: ReadonlyArray<string>
}

/** What filters name, looked up. */
export interface Named {
  /** The ids of all containers: a prefix means one of them or none. */
  readonly ids: ReadonlyArray<string>
  /** The images that `ancestor` means, and those made from them. */
  readonly images: ReadonlySet<string>
  /** When the container was made that `before` and `since` mean. */
  readonly created: ReadonlyMap<string, string>
}

const statuses = ["created", "restarting", "running", "removing", "paused", "exited", "dead"]
const healths = ["starting", "healthy", "unhealthy", "none"]

/** Why a value is none; undefined for one that is. */
const faultOf = (name: string, value: string): string | undefined => {
  switch (name) {
    case "ancestor":
    case "before":
    case "id":
    case "isolation":
    case "label":
    case "name":
    case "network":
    case "since":
    case "volume":
      return undefined
    case "exited":
      return /^[+-]?\d+$/.test(value)
        ? undefined
        : `strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax`
    case "health":
      return healths.includes(value) ? undefined : `unrecognized filter value for health: ${value}`
    case "is-task":
      return FilterValue.boolean(value) === undefined ? `invalid filter 'is-task=[${value}]'` : undefined
    case "status":
      return statuses.includes(value) ? undefined : `invalid filter 'status=${value}'`
    case "expose":
    case "publish":
      return Either.match(PortSpec.parsePorts(value), {
        onLeft: (why) => `error while looking up for ${name} ${value}: ${why}`,
        onRight: () => undefined
      })
    default:
      return `invalid filter '${name}'`
  }
}

/** Reads filters given as name and value. */
export const parse = (
  filters: ReadonlyArray<readonly [string, string]>
): Either.Either<ContainerFilter, ContainerFilterError> => {
  const wanted = new Map<string, ReadonlyArray<string>>()
  for (const [name, value] of filters) {
    const message = faultOf(name, value)
    if (message !== undefined) return Either.left(new ContainerFilterError({ message }))
    wanted.set(name, [...(wanted.get(name) ?? []), value])
  }
  return Either.right(wanted)
}

/** The values of a filter. */
export const valuesOf = (filter: ContainerFilter, name: string): ReadonlyArray<string> =>
  filter.get(name) ?? []

const isAmong = (wanted: string, there: ReadonlyArray<string>): boolean =>
  Either.getOrElse(PortSpec.parsePorts(wanted), (): ReadonlyArray<string> => []).some((port) =>
    there.includes(port)
  )

const fitsOne = (name: string, value: string, candidate: Candidate, named: Named): boolean => {
  const { record, state } = candidate
  switch (name) {
    case "ancestor":
      return named.images.has(record.imageId)
    case "before":
      return record.created < (named.created.get(value) ?? "")
    case "since":
      return record.created > (named.created.get(value) ?? "~")
    case "exited":
      return state.status === "exited" && state.startedAt !== undefined && state.exitCode === Number(value)
    case "expose":
      return isAmong(value, candidate.exposed)
    case "publish":
      return isAmong(value, candidate.published)
    case "health":
      return (state.health ?? "none") === value
    case "id":
      return record.id.startsWith(value) && named.ids.filter((id) => id.startsWith(value)).length === 1
    case "is-task":
      return FilterValue.boolean(value) === false
    case "label":
      return FilterValue.hasLabel(record.config.Labels ?? {}, value)
    case "name":
      return FilterValue.matches(value, record.name) || FilterValue.matches(value, `/${record.name}`)
    case "network":
      return candidate.networks.some((network) => network.name === value || network.id.startsWith(value))
    case "status":
      return state.status === value
    case "volume":
      return candidate.volumes.includes(value)
    default:
      return true
  }
}

/** Whether a container fits. */
export const fits = (filter: ContainerFilter, candidate: Candidate, named: Named): boolean =>
  [...filter].every(([name, values]) => {
    const one = (value: string) => fitsOne(name, value, candidate, named)
    return name === "label" ? values.every(one) : values.some(one)
  })
