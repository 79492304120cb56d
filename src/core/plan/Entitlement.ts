import type { BuildPlan, Step } from "./BuildPlan.js"

/** What a Dockerfile gets only by the user's leave (`--allow`). Source: BuildKit's entitlements. */
export const entitlements = ["network.host", "security.insecure"] as const
export type Entitlement = (typeof entitlements)[number]

/**
 * The first step that takes more than is allowed. `network.host` is always granted: the steps of a build are on the host's network
 * unless they are told otherwise, and are not the engine's guests but the user's.
 */
export const missing = (
  plan: BuildPlan,
  allowed: ReadonlySet<Entitlement>
): { readonly step: Step; readonly entitlement: Entitlement } | undefined => {
  if (allowed.has("security.insecure")) return undefined
  const step = plan.stages
    .flatMap(({ steps }) => steps)
    .find(({ operation }) => operation._tag === "Exec" && operation.security === "insecure")
  return step === undefined ? undefined : { step, entitlement: "security.insecure" }
}
