import * as os from "node:os"
import * as Effect from "effect/Effect"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import type { BuildFailure, BuildRequest } from "../../engine/build/BuildRequest.js"
import type { CacheExchange } from "../../engine/cache/CacheExchange.js"
import type * as CachePlaces from "../../engine/cache/CachePlaces.js"
import type * as Pull from "../../engine/Pull.js"
import * as Assignments from "./Assignments.js"
import * as BaseFetch from "./BaseFetch.js"
import type { BuildValues } from "./BuildFlags.js"
import { sourceOf } from "./ContextArgument.js"
import * as Secrets from "./Secrets.js"

/** The caches that a line names. */
const exchangeOf = (given: BuildValues): Effect.Effect<CacheExchange, never, CachePlaces.CacheNeeds> =>
  Effect.gen(function* () {
    if (given.cacheFrom.length === 0 && given.cacheTo.length === 0) return { from: [], to: [], inline: false }
    const { reader, writer } = yield* Effect.promise(() => import("../../engine/cache/CachePlaces.js"))
    const platform = given.platform ?? hostPlatform()
    return {
      from: yield* Effect.forEach(given.cacheFrom.flat(), (source) => reader(source, platform)),
      to: yield* Effect.forEach(
        given.cacheTo.flatMap((target) => (target._tag === "Inline" ? [] : [target])),
        writer
      ),
      inline: given.cacheTo.some(({ _tag }) => _tag === "Inline")
    }
  })

/** The build that a line asks for. */
export const requestOf = (
  given: BuildValues,
  path: string,
  report: BuildRequest["report"]
): Effect.Effect<BuildRequest, BuildFailure, Pull.PullNeeds | CachePlaces.CacheNeeds> =>
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
      noCacheStages: given.noCacheFilter.flatMap((names) => names.split(",")),
      exchange: yield* exchangeOf(given),
      pull: given.pull ? "always" : "missing",
      fetch: BaseFetch.fetch((pull) => Effect.provide(pull, context)),
      secrets: yield* Secrets.secrets(given.secret),
      agents: Secrets.agents(given.ssh),
      parallelism: Math.max(2, os.availableParallelism()),
      explain: given.explain,
      report
    }
  })
