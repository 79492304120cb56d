import * as Effect from "effect/Effect"
import type * as KeptRequest from "../core/container/KeptRequest.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"

/** Volumes made for one container alone go with it. */
export const removeAnonymous = (volumes: ReadonlyArray<KeptRequest.KeptVolume>) =>
  Effect.gen(function* () {
    const store = yield* VolumeStore
    for (const volume of volumes) {
      if (volume.anonymous) yield* Effect.ignore(store.remove(volume.name))
    }
  })
