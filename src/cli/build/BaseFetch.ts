import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Progress from "../../core/display/Progress.js"
import * as Reference from "../../core/oci/Reference.js"
import * as Operation from "../../core/plan/Operation.js"
import type { PullEvent } from "../../core/registry/PullEvent.js"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { type BuildRequest, failure, unsolved } from "../../engine/build/BuildRequest.js"
import * as Pull from "../../engine/Pull.js"
import * as TransferLine from "../TransferLine.js"

/** Pulls an image that a build needs; `run` provides what a pull needs. */
export const fetch =
  (run: <A, E>(pull: Effect.Effect<A, E, Pull.PullNeeds>) => Effect.Effect<A, E>): BuildRequest["fetch"] =>
  (need, line) =>
    Effect.gen(function* () {
      const reference = yield* Either.mapLeft(Reference.parse(need.reference), (error) =>
        failure(error.message, error)
      )
      const isAsked = !Operation.samePlatform(need.platform, hostPlatform())
      const wanted = { platform: need.platform, isAsked }
      const tell = (event: PullEvent) => {
        const shown = TransferLine.ofPull(event)
        return shown.isPassing ? Effect.void : line(Progress.lineText(shown, 80))
      }
      const name = `${Reference.familiar(reference)}: failed to resolve source metadata for ${need.reference}`
      yield* Effect.mapError(run(Pull.pull({ reference, wanted }, tell)), (error) =>
        unsolved(`${name}: ${error.message}`, error)
      )
    })
