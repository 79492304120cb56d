import * as Effect from "effect/Effect"
import { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { BuildRequest } from "../build/BuildRequest.js"
import { ImportedCaches } from "./ImportedCache.js"

/** Reads the caches that a build imports. What cannot be read, or not be believed, is told and left out: a cache breaks no build. */
export const read = (request: BuildRequest): Effect.Effect<ImportedCaches> =>
  Effect.gen(function* () {
    const from = request.cache === "ignore" ? [] : (request.exchange?.from ?? [])
    const warn = (text: string) => request.report(BuildEvent.Warning({ text: `[Warning] ${text}` }))
    const caches = yield* Effect.forEach(
      from,
      ({ name, read }) =>
        Effect.matchEffect(read, {
          onFailure: ({ message }) => Effect.as(warn(`The cache ${name} is not used: ${message}`), []),
          onSuccess: (cache) =>
            Effect.as(
              Effect.forEach(cache.checked.problems, (problem) => warn(`The cache ${name}: ${problem}`)),
              [cache]
            )
        }),
      { concurrency: "unbounded" }
    )
    return new ImportedCaches(caches.flat())
  })
