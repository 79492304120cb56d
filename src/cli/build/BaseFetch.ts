import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Progress from "../../core/display/Progress.js"
import * as Reference from "../../core/oci/Reference.js"
import * as Operation from "../../core/plan/Operation.js"
import type { PullEvent } from "../../core/registry/PullEvent.js"
import { hostPlatform } from "../../edge/host/HostPlatform.js"
import { type BuildRequest, failure, unsolved } from "../../engine/build/BuildRequest.js"
import * as Pull from "../../engine/Pull.js"
import * as RemoteImage from "../../engine/RemoteImage.js"
import * as TransferLine from "../TransferLine.js"

type Provide = <A, E>(work: Effect.Effect<A, E, Pull.PullNeeds>) => Effect.Effect<A, E>

const read = (need: Operation.ImageNeed) =>
  Effect.map(
    Either.mapLeft(Reference.parse(need.reference), (error) => failure(error.message, error)),
    (reference) => ({
      reference,
      wanted: { platform: need.platform, isAsked: !Operation.samePlatform(need.platform, hostPlatform()) },
      name: `${Reference.familiar(reference)}: failed to resolve source metadata for ${need.reference}`
    })
  )

/** What a registry says of an image that a build needs. */
export const look =
  (run: Provide): NonNullable<BuildRequest["look"]> =>
  (need) =>
    Effect.gen(function* () {
      const { name, reference, wanted } = yield* read(need)
      const found = yield* Effect.mapError(run(RemoteImage.resolve(reference, wanted)), (error) =>
        unsolved(`${name}: ${error.message}`, error)
      )
      const { config, manifest, target } = found
      return { id: config.digest, config: config.config, layers: manifest.layers, target }
    })

/** Pulls an image that a build needs; `run` provides what a pull needs. */
export const fetch =
  (run: Provide): BuildRequest["fetch"] =>
  (need, line) =>
    Effect.gen(function* () {
      const { name, reference, wanted } = yield* read(need)
      const tell = (event: PullEvent) => {
        const shown = TransferLine.ofPull(event)
        return shown.isPassing ? Effect.void : line(Progress.lineText(shown, 80))
      }
      yield* Effect.mapError(run(Pull.pull({ reference, wanted }, tell)), (error) =>
        unsolved(`${name}: ${error.message}`, error)
      )
    })
