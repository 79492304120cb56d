import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import type { StepReport } from "../../edge/build/StepExecutor.js"

/** What a command tells, as an event of its step. */
export const of = (stage: PlannedStage, step: Step, report: StepReport): BuildEvent => {
  const place = { stage: stage.index, step: step.index }
  switch (report._tag) {
    case "Running":
      return BuildEvent.Running({ ...place, container: report.container })
    case "Removed":
      return BuildEvent.Removed({ ...place, container: report.container })
    case "Output":
      return BuildEvent.Output({ ...place, stream: report.stream, text: report.text })
  }
}
