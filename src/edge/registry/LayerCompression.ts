import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { DiffId } from "../../core/layer/ChainId.js"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { StoreError } from "../store/StoreError.js"

/** The compressed form that a layer had when it was pushed, and the repositories (in full) that have it. */
export interface CompressedForm {
  readonly blob: Descriptor
  readonly repositories: ReadonlyArray<string>
}

/**
 * How layers that the store keeps uncompressed travel. What they became is remembered, so that a second push finds them at the
 * registry without compressing; the compressed bytes themselves are kept nowhere. Forgetting costs time, never correctness.
 */
export class LayerCompression extends Context.Tag("kasane/edge/registry/LayerCompression")<
  LayerCompression,
  {
    readonly mediaType: string
    /** The same bytes, compressed. */
    readonly compress: <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.Stream<Uint8Array, E>
    readonly known: (layer: DiffId) => Effect.Effect<Option.Option<CompressedForm>, StoreError>
    /** Adds a repository to those that have a layer as `blob`; another blob than before replaces what was known. */
    readonly remember: (
      layer: DiffId,
      blob: Descriptor,
      repository: string
    ) => Effect.Effect<void, StoreError>
  }
>() {}
