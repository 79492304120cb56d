import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import * as KeptRequest from "../core/container/KeptRequest.js"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import { EngineError } from "./EngineError.js"

const decode = Schema.decodeUnknown(KeptRequest.KeptRequest)

/** What a container was asked to be. */
export const kept = (record: ContainerRecord): Effect.Effect<KeptRequest.KeptRequest, EngineError> =>
  Effect.mapError(
    decode(record.host),
    () =>
      new EngineError({
        reason: "Invalid",
        message: `container ${record.id} was made by another version of kasane, or its record is damaged: remove it with "kasane rm -f"`
      })
  )

/** The same as options. */
export const options = (record: ContainerRecord): Effect.Effect<ContainerOptions, EngineError> =>
  Effect.flatMap(kept(record), (request) =>
    Effect.mapError(
      KeptRequest.options(request),
      (fault) => new EngineError({ reason: "Invalid", message: fault.message })
    )
  )
