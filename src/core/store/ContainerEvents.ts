import type { ContainerRecord } from "./ContainerRecord.js"
import type { ContainerState } from "./ContainerState.js"
import type { Fact } from "./Event.js"

type Subject = Pick<ContainerRecord, "id" | "name" | "image" | "config">

/** Something that was done to a container; its labels come along, as with Docker. */
export const of = (
  { id, name, image, config }: Subject,
  action: string,
  more: Readonly<Record<string, string>> = {}
): Fact => ({
  type: "container",
  action,
  id,
  attributes: { ...(config.Labels ?? {}), image, name, ...more }
})

const isUp = ({ status }: ContainerState): boolean => status === "running" || status === "paused"

const durationOf = ({ startedAt, finishedAt }: ContainerState): string => {
  const seconds = (Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "")) / 1000
  return String(Number.isNaN(seconds) ? 0 : Math.max(0, Math.floor(seconds)))
}

/** A life that ended, as its state tells. */
export const ended = (container: Subject, after: ContainerState): ReadonlyArray<Fact> => [
  ...(after.oomKilled ? [of(container, "oom")] : []),
  of(container, "die", { execDuration: durationOf(after), exitCode: String(after.exitCode) })
]

/** What happened to a container when its state as written changed from one to another. */
export const between = (
  container: Subject,
  before: ContainerState,
  after: ContainerState
): ReadonlyArray<Fact> => {
  const facts: Array<Fact> = []
  const add = (action: string, more?: Readonly<Record<string, string>>) =>
    facts.push(of(container, action, more))
  if (isUp(before) && !isUp(after)) facts.push(...ended(container, after))
  if (!isUp(before) && isUp(after)) add("start")
  if (before.status === "running" && after.status === "paused") add("pause")
  if (before.status === "paused" && after.status === "running") add("unpause")
  const { health } = after
  if (isUp(after) && health !== undefined && health !== "starting" && health !== before.health)
    add(`health_status: ${health}`)
  return facts
}
