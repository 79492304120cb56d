import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Archives } from "../edge/archive/Archives.js"
import { ContainerStore } from "../edge/store/ContainerStore.js"

/** A tar of everything a container sees, but for what is mounted into it. */
export const exportContainer = (text: string) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { record, paths } = yield* (yield* ContainerStore).resolve(text)
      const archives = yield* Archives
      return archives.packContainer({ upper: paths.upper, parent: record.chainId })
    })
  )
