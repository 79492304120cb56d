import * as os from "node:os"
import * as Effect from "effect/Effect"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import type { BuildFailure, BuildRequest } from "../../engine/build/BuildRequest.js"
import type * as Pull from "../../engine/Pull.js"
import * as Assignments from "./Assignments.js"
import * as BaseFetch from "./BaseFetch.js"
import type { BuildValues } from "./BuildFlags.js"
import { sourceOf } from "./ContextArgument.js"
import * as Secrets from "./Secrets.js"

/** The build that a line asks for. */
export const requestOf = (
  given: BuildValues,
  path: string,
  report: BuildRequest["report"]
): Effect.Effect<BuildRequest, BuildFailure, Pull.PullNeeds> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Pull.PullNeeds>()
    return {
      source: yield* sourceOf(path, given.file),
      options: {
        target: given.target,
        buildArgs: Assignments.buildArgs(given.buildArg),
        labels: Assignments.labels(given.label),
        buildPlatform: hostPlatform(),
        targetPlatform: given.platform,
        network: given.network ?? "default"
      },
      names: given.tag,
      cache: given.noCache ? "ignore" : "use",
      pull: given.pull ? "always" : "missing",
      fetch: BaseFetch.fetch((pull) => Effect.provide(pull, context)),
      secrets: yield* Secrets.secrets(given.secret),
      agents: Secrets.agents(given.ssh),
      parallelism: Math.max(2, os.availableParallelism()),
      explain: given.explain,
      report
    }
  })
