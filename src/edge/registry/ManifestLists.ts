import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import * as Digest from "../../core/oci/Digest.js"
import { ManifestList } from "../../core/registry/ManifestList.js"
import type { StoreError } from "../store/StoreError.js"
import * as JsonRecord from "./JsonRecord.js"

/** Manifest lists that are being put together here, by full name; they are in no registry before they are pushed. */
export class ManifestLists extends Context.Tag("kasane/edge/registry/ManifestLists")<
  ManifestLists,
  {
    readonly get: (name: string) => Effect.Effect<Option.Option<ManifestList>, StoreError>
    readonly put: (list: ManifestList) => Effect.Effect<void, StoreError>
    /** False where there is none. */
    readonly remove: (name: string) => Effect.Effect<boolean, StoreError>
  }
>() {}

/** One file a list in `directory`. */
export const layerFs = (directory: string): Layer.Layer<ManifestLists> =>
  Layer.sync(ManifestLists, () => {
    const records = JsonRecord.of(ManifestList)
    const fileOf = (name: string) => `${directory}/${Digest.hex(Digest.ofBytes(name))}.json`
    return {
      get: (name) => records.read(fileOf(name)),
      put: (list) => records.write(fileOf(list.name), list),
      remove: (name) => records.remove(fileOf(name))
    }
  })
