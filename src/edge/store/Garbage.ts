import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ChainId } from "../../core/layer/ChainId.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { StoreError } from "./StoreError.js"

/** What was removed, and how many bytes the disk got back (blobs and trees). */
export interface Collected {
  readonly blobs: ReadonlyArray<Digest>
  readonly layers: ReadonlyArray<ChainId>
  readonly reclaimedBytes: number
}

/**
 * Takes away what nothing reaches.
 *
 * Guarantees: never takes what a name, an image, a container or a lease reaches, nor anything younger than its own scan;
 * works on a full disk; killed at any point it leaves a valid store. Records go before what they describe.
 */
export class Garbage extends Context.Tag("kasane/edge/store/Garbage")<
  Garbage,
  {
    /** Collects unreachable blobs and layers. */
    readonly collect: Effect.Effect<Collected, StoreError>
    /** Deletes what dead processes left: unfinished writes, trash, stale leases and links. */
    readonly recover: Effect.Effect<void, StoreError>
  }
>() {}
