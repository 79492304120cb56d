import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { Archives } from "../edge/archive/Archives.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"

/** A tar of everything a container sees, but for what is mounted into it. */
export const exportContainer = (text: string) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { record, paths } = yield* (yield* ContainerStore).resolve(text)
      const archives = yield* Archives
      yield* tell(ContainerEvents.of(record, "export"))
      return archives.packContainer({ upper: paths.upper, parent: record.chainId })
    })
  )
