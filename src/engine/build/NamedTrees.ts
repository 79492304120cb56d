import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { BuildPlan } from "../../core/plan/BuildPlan.js"
import * as Operation from "../../core/plan/Operation.js"
import { BuildContext } from "../../edge/build/BuildContext.js"
import type { ContextTree } from "../../edge/build/ContextTree.js"
import { type BuildFailure, type BuildRequest, failure } from "./BuildRequest.js"

/** The files of named contexts by name; undefined for one that no plan reads. */
export type Named = (name: string) => ContextTree | undefined

/** Opens named contexts when a plan reads them, each once for all plans of a build. */
export interface NamedTrees {
  readonly open: (plan: BuildPlan) => Effect.Effect<Named, BuildFailure, Scope.Scope>
  /** Keeps the digests of unchanged files for the next build. */
  readonly save: () => void
}

/** The named contexts that the steps of a plan read. */
const read = (plan: BuildPlan): ReadonlySet<string> =>
  new Set(
    plan.stages.flatMap(({ steps }) =>
      steps.flatMap(({ operation }) =>
        Operation.origins(operation).flatMap((origin) => (origin._tag === "Named" ? [origin.name] : []))
      )
    )
  )

export const make = ({ contexts }: BuildRequest): Effect.Effect<NamedTrees, never, BuildContext> =>
  Effect.map(BuildContext, (opener) => {
    const opened = new Map<string, ContextTree>()
    const open = (plan: BuildPlan) =>
      Effect.as(
        Effect.forEach(read(plan), (name) => {
          const source = contexts?.get(name)
          if (source === undefined || opened.has(name)) return Effect.void
          return Effect.mapBoth(opener.openTree(source), {
            onFailure: (error) => failure(`build context ${name}: ${error.message}`, error),
            onSuccess: (tree) => opened.set(name, tree)
          })
        }),
        (name: string) => opened.get(name)
      )
    return {
      open,
      save: () => {
        for (const tree of opened.values()) tree.save()
      }
    }
  })
