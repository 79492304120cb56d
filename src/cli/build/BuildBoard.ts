import type { Board, Row } from "../../core/display/BuildFrame.js"
import * as Columns from "../../core/display/Columns.js"
import * as Digest from "../../core/oci/Digest.js"
import type { BuildEvent, StepPlace } from "../../core/plan/BuildEvent.js"

/** More lines of output than any terminal shows of a step, and as many as a failed one tells. */
const linesMax = 100

interface Work extends Row {
  /** `step 0/2`, `stage 1`, `context`, `images`. */
  readonly key: string
  /** What has come after the last end of a line. */
  readonly partial: string
  readonly isShown: boolean
}

/** A build from its events, for a display. Immutable. */
export interface BuildBoard {
  readonly startedAt: number
  readonly done: number
  readonly total: number
  readonly works: ReadonlyArray<Work>
  /** What is to be said when it has ended. */
  readonly notes: ReadonlyArray<string>
}

export const start = (now: number): BuildBoard => ({
  startedAt: now,
  done: 0,
  total: 0,
  works: [],
  notes: []
})

const begin = (board: BuildBoard, key: string, name: string, now: number, isShown = true): BuildBoard => {
  const work: Work = {
    key,
    name,
    isShown,
    state: "running",
    startedAt: now,
    endedAt: undefined,
    tail: [],
    partial: ""
  }
  return { ...board, works: [...board.works.filter((one) => one.key !== key), work] }
}

const change = (board: BuildBoard, key: string, how: (work: Work) => Work): BuildBoard => ({
  ...board,
  works: board.works.map((work) => (work.key === key ? how(work) : work))
})

const end = (board: BuildBoard, key: string, now: number): BuildBoard =>
  change(board, key, (work) => ({
    ...work,
    state: work.state === "running" ? "done" : work.state,
    endedAt: work.endedAt ?? now
  }))

const said = (work: Work, text: string): Work => {
  const lines = (work.partial + text).split("\n")
  const partial = lines.pop() ?? ""
  return { ...work, partial, tail: [...work.tail, ...lines.map(Columns.plain)].slice(-linesMax) }
}

const stepKey = ({ stage, step }: StepPlace): string => `step ${stage}/${step}`

/** Instructions that only change the config: too quick to be looked at. */
const quick =
  /^(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/i

const counted = (board: BuildBoard): BuildBoard => ({ ...board, done: board.done + 1 })

const place = (number: number | undefined, total: number): string =>
  number === undefined ? "[trigger]" : `[${number}/${total}]`

/** The board after an event that happened at `now`. */
export const push = (board: BuildBoard, event: BuildEvent, now: number): BuildBoard => {
  switch (event._tag) {
    case "ContextSent": {
      const loaded = begin(board, "context", "[internal] load build context", board.startedAt)
      return begin(end(loaded, "context", now), "images", "[internal] look up images", now)
    }
    case "PlatformStarted":
      // Stages count anew: what is there stays as it is.
      return {
        ...board,
        done: 0,
        total: 0,
        works: board.works.map((work) => ({ ...work, key: `${work.key} before ${event.platform}` }))
      }
    case "Planned":
      return end(board, "images", now)
    case "MetaStep":
      return counted({ ...board, total: event.total })
    case "StageStarted": {
      const { stage, number, total, text } = event
      return begin({ ...board, total }, `stage ${stage}`, `${place(number, total)} ${text}`, now)
    }
    case "BaseReady":
      return counted(end(board, `stage ${event.stage}`, now))
    case "StageText":
      return change(board, `stage ${event.stage}`, (work) => said(work, `${event.text}\n`))
    case "StepStarted": {
      const { number, total, text } = event
      const name = `${place(number, total)} ${text.replaceAll("\n", " ")}`
      return begin({ ...board, total }, stepKey(event), name, now, !quick.test(text))
    }
    case "CacheHit":
      return change(board, stepKey(event), (work) => ({ ...work, state: "cached" }))
    case "Missed":
      return change(board, stepKey(event), (work) =>
        event.causes.reduce((known, cause) => said(known, `not in cache: ${cause}\n`), work)
      )
    case "Output":
      return change(board, stepKey(event), (work) => said(work, event.text))
    case "StepDone": {
      const isCounted = board.works.some(
        (work) => work.key === stepKey(event) && !work.name.startsWith("[trigger]")
      )
      const ended = end(board, stepKey(event), now)
      return isCounted ? counted(ended) : ended
    }
    case "Warning": {
      const isLooking = board.works.some((work) => work.key === "images" && work.state === "running")
      return isLooking
        ? change(board, "images", (work) => said(work, `${event.text}\n`))
        : { ...board, notes: [...board.notes, event.text] }
    }
    case "Built":
      return { ...board, notes: [...board.notes, `Successfully built ${Digest.short(event.image)}`] }
    case "Tagged":
      return { ...board, notes: [...board.notes, `Successfully tagged ${event.name}`] }
    case "Exported":
      return { ...board, notes: [...board.notes, `Successfully exported ${event.text}`] }
    case "Running":
    case "Removed":
    case "StageDone":
      return board
  }
}

/** What is to be seen of it. */
export const view = ({ works, startedAt, done, total }: BuildBoard): Board => ({
  startedAt,
  done,
  total,
  rows: works.filter((work) => work.isShown || work.state === "failed")
})

/** A build that has failed in a stage: the step that was at work there failed, others were stopped. */
export const failed = (board: BuildBoard, stage: number | undefined, now: number): BuildBoard => ({
  ...board,
  works: board.works.map((work) => {
    if (work.endedAt !== undefined) return work
    const isCulprit =
      stage === undefined
        ? work.key === "images"
        : work.key === `stage ${stage}` || work.key.startsWith(`step ${stage}/`)
    return { ...work, endedAt: now, state: isCulprit ? "failed" : "stopped" }
  })
})

/** The output of the step that failed, under its name. */
export const culprit = ({ works }: BuildBoard): ReadonlyArray<string> => {
  const work = works.find((one) => one.state === "failed")
  if (work === undefined) return []
  const output = work.partial === "" ? work.tail : [...work.tail, Columns.plain(work.partial)]
  return output.length === 0 ? [] : ["------", ` > ${work.name}:`, ...output, "------"]
}
