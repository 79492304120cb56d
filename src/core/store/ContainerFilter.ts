import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { ContainerRecord } from "./ContainerRecord.js"
import type { ContainerState } from "./ContainerState.js"

/** A `--filter` of `ps` that says nothing we know, in Docker's words. */
export class ContainerFilterError extends Data.TaggedError("ContainerFilterError")<{
  readonly message: string
}> {}

/** What `ps --filter` asks for: values of one name are alternatives, names go together (labels all). */
export interface ContainerFilter {
  readonly wanted: ReadonlyMap<string, ReadonlyArray<string>>
  /** It speaks about states, so that containers that do not run are looked at too. */
  readonly asksForState: boolean
}

/** What a filter can look at. */
export interface Candidate {
  readonly record: ContainerRecord
  readonly state: ContainerState
  readonly volumes: ReadonlyArray<string>
  readonly networks: ReadonlyArray<string>
}

const names = new Set([
  "ancestor",
  "before",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "isolation",
  "label",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume"
])

const statuses = ["created", "restarting", "running", "removing", "paused", "exited", "dead"]

const fail = (message: string) => Either.left(new ContainerFilterError({ message }))

/** Reads filters given as name and value. */
export const parse = (
  filters: ReadonlyArray<readonly [string, string]>
): Either.Either<ContainerFilter, ContainerFilterError> => {
  const wanted = new Map<string, Array<string>>()
  for (const [name, value] of filters) {
    if (!names.has(name)) return fail(`invalid filter '${name}'`)
    if (name === "status" && !statuses.includes(value)) return fail(`invalid filter 'status=${value}'`)
    if (name === "exited" && !/^\d+$/.test(value)) return fail(`invalid filter 'exited=${value}'`)
    wanted.set(name, [...(wanted.get(name) ?? []), value])
  }
  return Either.right({
    wanted,
    asksForState: ["status", "exited", "before", "since"].some((name) => wanted.has(name))
  })
}

/** A name filter is a regular expression, as in Docker; one that cannot be read is taken as it is. */
const matches = (pattern: string, text: string): boolean => {
  try {
    return new RegExp(pattern).test(text)
  } catch {
    return text.includes(pattern)
  }
}

const hasLabel = (labels: Readonly<Record<string, string>>, text: string): boolean => {
  const [name = "", value] = text.split(/=(.*)/s)
  return Object.hasOwn(labels, name) && (value === undefined || labels[name] === value)
}

const isAncestor = (record: ContainerRecord, text: string): boolean => {
  const id = record.imageId.slice("sha256:".length)
  const given = text.startsWith("sha256:") ? text.slice("sha256:".length) : text
  return (
    record.image === text ||
    record.image === `${text}:latest` ||
    `${record.image}:latest` === text ||
    id.startsWith(given)
  )
}

/** When the container that `text` means was made; undefined when there is none. */
const createdOf = (text: string, all: ReadonlyArray<Pick<Candidate, "record">>): string | undefined =>
  all.find(({ record }) => record.name === text || record.id.startsWith(text))?.record.created

const fitsOne = (
  name: string,
  value: string,
  { record, state, volumes, networks }: Candidate,
  all: ReadonlyArray<Pick<Candidate, "record">>
): boolean => {
  switch (name) {
    case "ancestor":
      return isAncestor(record, value)
    case "before":
      return record.created < (createdOf(value, all) ?? "")
    case "since":
      return record.created > (createdOf(value, all) ?? "~")
    case "exited":
      return state.status === "exited" && state.exitCode === Number(value)
    case "expose":
    case "publish":
      return Object.keys(record.config.ExposedPorts ?? {}).some(
        (port) => port === value || port === `${value}/tcp`
      )
    case "health":
      return (state.health ?? "none") === value
    case "id":
      return record.id.startsWith(value)
    case "label":
      return hasLabel(record.config.Labels ?? {}, value)
    case "name":
      return matches(value, record.name) || matches(value, `/${record.name}`)
    case "network":
      return networks.includes(value)
    case "status":
      return state.status === value
    case "volume":
      return volumes.includes(value)
    default:
      return true
  }
}

/** Whether a container fits; `all` are those that `before` and `since` may name. */
export const fits = (
  filter: ContainerFilter,
  candidate: Candidate,
  all: ReadonlyArray<Pick<Candidate, "record">>
): boolean =>
  [...filter.wanted].every(([name, values]) =>
    name === "label"
      ? values.every((value) => fitsOne(name, value, candidate, all))
      : values.some((value) => fitsOne(name, value, candidate, all))
  )
