import type { Step } from "../core/plan/BuildPlan.js"
import type * as Impacts from "../core/plan/Impact.js"
import type { AskedPath, FileImpact } from "../engine/Impact.js"

const nameOf = (step: Step, { dockerfileName, plan }: FileImpact): string => {
  const line = step.range.start.line === 0 ? "" : `${dockerfileName}:${step.range.start.line}  `
  return step.number === undefined
    ? `${line}${step.text}`
    : `${line}Step ${step.number}/${plan.stepCount} : ${step.text}`
}

const list = (title: string, steps: ReadonlyArray<Step>, told: FileImpact): ReadonlyArray<string> =>
  steps.length === 0 ? [] : [title, ...steps.map((step) => `  ${nameOf(step, told)}`)]

const roles = {
  dockerfile: "is the Dockerfile, which decides what the steps are",
  "ignore file": "is the ignore file, which decides what the steps can read"
} as const

const about = (asked: AskedPath, told: FileImpact): ReadonlyArray<string> => {
  const { hidden, path, readBy, role } = asked
  const shown = path === "" ? "." : path
  if (hidden !== undefined) return [`${shown} is hidden by ${hidden.file}:${hidden.line}  ${hidden.pattern}`]
  const file =
    readBy.length === 0 ? [`${shown} is read by no step`] : list(`${shown} is read by`, readBy, told)
  return role === "file"
    ? file
    : [`${shown} ${roles[role]}: build --plan tells what an edit of it changes, once it is made`, ...file]
}

const outcomes: Readonly<Record<Impacts.Impact["image"], string>> = {
  again: "The image changes.",
  perhaps: "The image changes, perhaps.",
  same: "The image stays as it is."
}

const stageName = ({ index, name }: { readonly index: number; readonly name: string | undefined }): string =>
  name ?? `stage ${index}`

/** For people. */
export const text = (told: FileImpact): string => {
  const { impact, paths } = told
  const those = (outcome: Impacts.Outcome) =>
    impact.steps.flatMap((one) => (one.outcome === outcome ? [one.step] : []))
  const lines = [
    ...paths.flatMap((path) => about(path, told)),
    ...list("These are made again:", those("again"), told),
    ...list("These perhaps, for they depend on what those before them make of it:", those("perhaps"), told),
    outcomes[impact.image]
  ]
  return lines.map((line) => `${line}\n`).join("")
}

const stepOf = (step: Step, stage: number | undefined) => ({
  ...(stage === undefined ? {} : { stage }),
  ...(step.number === undefined ? {} : { number: step.number }),
  ...(step.range.start.line === 0 ? {} : { line: step.range.start.line }),
  text: step.text
})

/** For programs. */
export const json = (told: FileImpact): string => {
  const { dockerfileName, impact, paths } = told
  return `${JSON.stringify(
    {
      dockerfile: dockerfileName,
      paths: paths.map(({ path, hidden, readBy, role }) => ({
        path,
        role,
        ...(hidden === undefined ? {} : { hidden }),
        readBy: readBy.map((step) => stepOf(step, undefined))
      })),
      steps: impact.steps.map(({ outcome, stage, step }) => ({ ...stepOf(step, stage), outcome })),
      stages: impact.stages.map(({ outcome, stage }) => ({
        index: stage.index,
        name: stageName(stage),
        outcome
      })),
      image: impact.image
    },
    undefined,
    2
  )}\n`
}
