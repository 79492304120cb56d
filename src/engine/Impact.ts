import * as Effect from "effect/Effect"
import type { IgnoreReason } from "../core/dockerfile/IgnoreReason.js"
import * as IgnoreReasons from "../core/dockerfile/IgnoreReason.js"
import type { BuildPlan, PlannedStage, Step } from "../core/plan/BuildPlan.js"
import * as Impacts from "../core/plan/Impact.js"
import { BuildContext, type OpenContext } from "../edge/build/BuildContext.js"
import { ImageStore } from "../edge/store/ImageStore.js"
import { Bases } from "./build/Bases.js"
import { type BuildFailure, type BuildRequest, failure } from "./build/BuildRequest.js"
import type * as LayoutBase from "./build/LayoutBase.js"
import * as PlanBuild from "./PlanBuild.js"

/** What is known of a path that was asked about. */
export interface AskedPath {
  /** Relative to the context's root. */
  readonly path: string
  /** The line of the ignore file that hides it. */
  readonly hidden: (IgnoreReason & { readonly file: string }) | undefined
  /** The Dockerfile and the ignore file are more than files: any step may change with them, whatever reads them. */
  readonly role: "dockerfile" | "ignore file" | "file"
  /** The steps that read it, or something below it. */
  readonly readBy: ReadonlyArray<Step>
}

export interface FileImpact {
  readonly paths: ReadonlyArray<AskedPath>
  readonly plan: BuildPlan
  readonly impact: Impacts.Impact
  readonly dockerfileName: string
}

/** Of a build, what decides which steps it has. */
export type Asked = Pick<BuildRequest, "source" | "options" | "pull">

const isWithin = (path: string, root: string): boolean =>
  root === "" || path === root || path.startsWith(`${root}/`)

/**
 * What a change of files of the context does to a build: which steps read them, what is not in the cache any more, which images change.
 * Reads no contents, pulls, runs and stores nothing. `paths`: of files and directories that are or could be there, relative to the
 * context's root.
 */
export const impact = (
  request: Asked,
  paths: ReadonlyArray<string>
): Effect.Effect<FileImpact, BuildFailure, BuildContext | ImageStore | LayoutBase.LookNeeds> =>
  Effect.scoped(
    Effect.gen(function* () {
      const contexts = yield* BuildContext
      const context = yield* Effect.mapError(contexts.open(request.source), (error) =>
        failure(error.message, error)
      )
      const { plan } = yield* PlanBuild.planned(request, context, yield* ImageStore, new Bases())
      const hidden = new Map(paths.map((path) => [path, hiddenBy(context, path)]))
      const visible = paths.filter((path) => hidden.get(path) === undefined)
      const added = visible.filter((path) => path !== "" && context.tree.entry(path) === undefined)
      const reads = new Map(
        plan.stages.flatMap((stage) =>
          stage.steps.map((step) => [step, contexts.reads(context.tree, added, step.operation)] as const)
        )
      )
      const isRead = (step: Step, path: string): boolean =>
        [...(reads.get(step) ?? [])].some((one) => isWithin(one, path))
      const asked = paths.map((path): AskedPath => {
        const all = plan.stages.flatMap(({ steps }) => steps)
        const readBy = hidden.get(path) === undefined ? all.filter((step) => isRead(step, path)) : []
        return { path, hidden: hidden.get(path), role: roleOf(context, path), readBy }
      })
      const found = Impacts.of(plan, (_: PlannedStage, step) => visible.some((path) => isRead(step, path)))
      // What an edit of these does is known only once it is made.
      const isOpen = found.image === "same" && asked.some(({ role }) => role !== "file")
      return {
        paths: asked,
        plan,
        impact: isOpen ? { ...found, image: "perhaps" as const } : found,
        dockerfileName: context.dockerfileName
      }
    })
  )

/** A directory that a pattern hides is there all the same for what an exception shows below it. */
const hiddenBy = ({ ignoreFile, tree }: OpenContext, path: string): AskedPath["hidden"] => {
  if (ignoreFile === undefined || tree.entry(path) !== undefined) return undefined
  const reason = IgnoreReasons.hides(ignoreFile.text, path)
  return reason && { ...reason, file: ignoreFile.name }
}

const roleOf = ({ dockerfileName, ignoreFile }: OpenContext, path: string): AskedPath["role"] =>
  path === dockerfileName ? "dockerfile" : path === ignoreFile?.name ? "ignore file" : "file"
