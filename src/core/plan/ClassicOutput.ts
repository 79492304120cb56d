import * as Digest from "../oci/Digest.js"
import type { BuildEvent } from "./BuildEvent.js"

/**
 * Renders events as the classic builder's lines. Stages may run at once: the lines of one wait until those before it have
 * ended, so that the output is in the order of the steps. What runs alone is printed as it comes. Immutable.
 */
export interface ClassicOutput {
  /** Indexes of the stages whose lines are still to come, in order. */
  readonly order: ReadonlyArray<number>
  readonly waiting: ReadonlyMap<number, string>
  readonly done: ReadonlySet<number>
}

/** Before the first event. */
export const empty: ClassicOutput = { order: [], waiting: new Map(), done: new Set() }

/** The text of one event, complete lines except for output. */
const text = (event: BuildEvent): string => {
  switch (event._tag) {
    case "ContextSent":
      return `Sending build context to Docker daemon  ${size(event.bytes)}\n`
    case "PlatformStarted":
      return `Platform ${event.platform}\n`
    case "Warning":
      return `${event.text}\n`
    case "MetaStep":
    case "StageStarted":
      return `Step ${event.number}/${event.total} : ${event.text}\n`
    case "StageText":
      return `${event.text}\n`
    case "BaseReady":
      return triggersText(event.triggers) + arrow(event.image)
    case "StepStarted":
      return event.number === undefined ? "" : `Step ${event.number}/${event.total} : ${event.text}\n`
    case "CacheHit":
      return " ---> Using cache\n"
    case "Missed":
      return event.causes.map((cause) => ` ---> Not in cache: ${cause}\n`).join("")
    case "Running":
      return ` ---> Running in ${event.container.slice(0, 12)}\n`
    case "Output":
      return event.text
    case "Removed":
      return `Removing intermediate container ${event.container.slice(0, 12)}\n`
    case "StepDone":
      return arrow(event.image)
    case "Planned":
    case "StageDone":
      return ""
    case "Built":
      return `Successfully built ${Digest.short(event.image)}\n`
    case "Tagged":
      return `Successfully tagged ${event.name}\n`
    case "Exported":
      return `Successfully exported ${event.text}\n`
  }
}

const arrow = (image: Digest.Digest | undefined): string =>
  ` ---> ${image === undefined ? "" : Digest.short(image)}\n`

const triggersText = (count: number): string =>
  count === 0 ? "" : `# Executing ${count} build trigger${count === 1 ? "" : "s"}\n`

const units = ["B", "kB", "MB", "GB", "TB"]

/** Decimal, four significant digits: `2.048kB`. */
const size = (bytes: number): string => {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`
}

/** The state after an event, and what to print now. */
export const push = (output: ClassicOutput, event: BuildEvent): readonly [ClassicOutput, string] => {
  if (event._tag === "Planned") return [{ ...empty, order: event.stages }, ""]
  if (!("stage" in event)) return [output, text(event)]
  const { stage } = event
  const current = output.order[0]
  if (event._tag !== "StageDone" && stage === current) return [output, text(event)]
  if (event._tag !== "StageDone") {
    const waiting = new Map(output.waiting).set(stage, (output.waiting.get(stage) ?? "") + text(event))
    return [{ ...output, waiting }, ""]
  }
  return advance({ ...output, done: new Set(output.done).add(stage) })
}

/** Lets the lines of the next stages out, as far as the stages before them have ended. */
const advance = (output: ClassicOutput): readonly [ClassicOutput, string] => {
  let { order } = output
  const waiting = new Map(output.waiting)
  let out = ""
  for (let current = order[0]; current !== undefined && output.done.has(current); current = order[0]) {
    order = order.slice(1)
    const next = order[0]
    if (next === undefined) break
    out += waiting.get(next) ?? ""
    waiting.delete(next)
  }
  return [{ ...output, order, waiting }, out]
}

/** What is left when a build failed in `stage`: its own lines, those of other stages are dropped. */
export const flush = (output: ClassicOutput, stage: number): string => output.waiting.get(stage) ?? ""
