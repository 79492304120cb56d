import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as FilterValue from "../filter/FilterValue.js"

/** What events are about. */
export const types = ["container", "image", "network", "volume"] as const
export type EventType = (typeof types)[number]

/** Something that was done, before anybody wrote down when. */
export interface Fact {
  readonly type: EventType
  /** Docker's word: `start`, `die`, `exec_create: sh -c true`, … */
  readonly action: string
  /** Of what it was done to: a whole id, or a volume's name. */
  readonly id: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Unused things of a type were removed; so many bytes came back. */
export const pruned = (type: EventType, reclaimed: number): Fact => ({
  type,
  action: "prune",
  id: "",
  attributes: { reclaimed: String(reclaimed) }
})

/** The same with its time in nanoseconds since 1970: digits, as it is more than a number can hold. */
export interface Event extends Fact {
  readonly timeNano: string
}

/** Nanoseconds since 1970 of milliseconds with their fraction. */
export const nanoseconds = (ms: number): string => {
  const whole = Math.floor(ms)
  return `${whole}${String(Math.min(999_999, Math.round((ms - whole) * 1e6))).padStart(6, "0")}`
}

/** Nanoseconds since 1970 of RFC 3339 in UTC with nine decimals. */
export const nanosecondsOf = (time: string): string =>
  `${Math.floor(Date.parse(time) / 1000)}${/\.(\d{9})/.exec(time)?.[1] ?? "000000000"}`

const seconds = (timeNano: string): string => timeNano.slice(0, -9) || "0"

/** In Docker's JSON, one line without its end. Source: moby, api/types/events. */
export const toJson = ({ type, action, id, attributes, timeNano }: Event): string => {
  const legacy =
    type === "container"
      ? { status: action, id, from: attributes["image"] ?? "" }
      : type === "image"
        ? { status: action, id }
        : {}
  const head = JSON.stringify({
    ...legacy,
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: sorted(attributes) },
    scope: "local"
  })
  return `${head.slice(0, -1)},"time":${seconds(timeNano)},"timeNano":${timeNano}}`
}

const sorted = (attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1)))

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((text) => typeof text === "string")

/** Reads such a line; undefined for one that is torn or foreign. */
export const ofJson = (line: string): Event | undefined => {
  const timeNano = /"timeNano":(\d+)\}$/.exec(line)?.[1]
  if (timeNano === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null || !("Actor" in value)) return undefined
  const { Actor: actor } = value
  const type = "Type" in value ? types.find((one) => one === value.Type) : undefined
  const action = "Action" in value && typeof value.Action === "string" ? value.Action : undefined
  if (type === undefined || action === undefined || typeof actor !== "object" || actor === null)
    return undefined
  const id = "ID" in actor && typeof actor.ID === "string" ? actor.ID : ""
  const attributes = "Attributes" in actor && isTexts(actor.Attributes) ? actor.Attributes : {}
  return { type, action, id, attributes, timeNano }
}

/** Whether a time is before another one: digits without leading zeros. */
export const isBefore = (left: string, right: string): boolean =>
  left.length === right.length ? left < right : left.length < right.length

/** RFC 3339 with nine decimals in the zone that is so many minutes behind UTC, as Date counts. */
const stamp = (timeNano: string, zone_minutes: number): string => {
  const local = new Date(Number(seconds(timeNano)) * 1000 - zone_minutes * 60_000).toISOString().slice(0, 19)
  const ahead = Math.abs(zone_minutes)
  const two = (value: number) => String(value).padStart(2, "0")
  const zone =
    zone_minutes === 0
      ? "Z"
      : `${zone_minutes > 0 ? "-" : "+"}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`
  return `${local}.${timeNano.slice(-9)}${zone}`
}

/** As `events` prints it. */
export const toText = (event: Event, zone_minutes: number): string => {
  const attributes = Object.entries(sorted(event.attributes)).map(([name, value]) => `${name}=${value}`)
  const about = attributes.length === 0 ? "" : ` (${attributes.join(", ")})`
  return `${stamp(event.timeNano, zone_minutes)} ${event.type} ${event.action} ${event.id}${about}`
}

/** A `--filter` of `events` that says nothing we know, in Docker's words. */
export class EventFilterError extends Data.TaggedError("EventFilterError")<{ readonly message: string }> {}

const filters = [
  "config",
  "container",
  "daemon",
  "event",
  "image",
  "label",
  "network",
  "node",
  "plugin",
  "scope",
  "secret",
  "service",
  "type",
  "volume"
]

/** Names these actions with what follows their colon left out. */
const openEnded = ["health_status", "exec_create", "exec_start"]

const named = (event: Event, type: string, value: string): boolean =>
  event.type === type && (event.id.startsWith(value) || (event.attributes["name"] ?? "").startsWith(value))

const fitsOne = (event: Event, name: string, value: string): boolean => {
  switch (name) {
    case "type":
      return event.type === value
    case "event":
      return event.action === value || (openEnded.includes(value) && event.action.startsWith(value))
    case "label":
      return FilterValue.hasLabel(event.attributes, value)
    case "image": {
      const image = event.attributes["image"] ?? ""
      return named(event, name, value) || image === value || image.split(":")[0] === value
    }
    case "scope":
      return value === "local"
    default:
      return named(event, name, value)
  }
}

/** Whether an event is wanted: values of one name are alternatives (labels go together), names go together. */
export const filter = (
  wanted: ReadonlyArray<readonly [string, string]>
): Either.Either<(event: Event) => boolean, EventFilterError> => {
  const unknown = wanted.find(([name]) => !filters.includes(name))
  if (unknown !== undefined)
    return Either.left(new EventFilterError({ message: `invalid filter '${unknown[0]}'` }))
  const names = [...new Set(wanted.map(([name]) => name))]
  return Either.right((event) =>
    names.every((name) => {
      const values = wanted.filter(([one]) => one === name).map(([, value]) => value)
      const one = (value: string) => fitsOne(event, name, value)
      return name === "label" ? values.every(one) : values.some(one)
    })
  )
}
