import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Annotation } from "../../core/output/Annotation.js"
import type { AttestSpec } from "../../core/output/attest/AttestSpec.js"
import type { OutputSpec } from "../../core/output/OutputSpec.js"
import type { CopyEvent } from "../../core/registry/CopyEvent.js"
import type { LayerCompression } from "../../edge/registry/LayerCompression.js"
import type { RegistryClient } from "../../edge/registry/RegistryClient.js"

/** What becomes of what was built. */
export interface OutputRequest {
  /** In the order of the command line; the first decides which id the build is told by. */
  readonly specs: ReadonlyArray<OutputSpec>
  /** For every image among the outputs, beside its own. */
  readonly annotations: ReadonlyArray<Annotation>
  /** What is said of the result beside the result. */
  readonly attest: AttestSpec
  /** The layers that were built become one. */
  readonly squash: boolean
  /** Provides what a push needs, which most builds never make. */
  readonly registry: <A, E>(
    work: Effect.Effect<A, E, RegistryClient | LayerCompression>
  ) => Effect.Effect<A, E>
  /** Writes a file of the user's, or standard output where the path is `-`. */
  readonly write: <E extends { readonly message: string }, R>(
    path: string,
    bytes: Stream.Stream<Uint8Array, E, R>
  ) => Effect.Effect<void, { readonly message: string }, R>
  /** Hears how a push or an export goes. */
  readonly transfer: (event: CopyEvent) => Effect.Effect<void>
}
