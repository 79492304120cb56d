import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChainId } from "../../core/layer/ChainId.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { Platform } from "../../core/oci/Platform.js"
import type { Inputs } from "../../core/plan/CacheKey.js"
import type { Operation, Origin } from "../../core/plan/Operation.js"
import type { SelectionDigest } from "../../core/plan/StepRecord.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import type { BuildError } from "./BuildError.js"
import type { ContextTree } from "./ContextTree.js"

/** A step that writes: everything but Meta. */
export type WritingOperation = Exclude<Operation, { readonly _tag: "Meta" }>

/** What a RUN tells while it runs. */
export type StepReport =
  | { readonly _tag: "Running"; readonly container: string }
  | { readonly _tag: "Output"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly _tag: "Removed"; readonly container: string }

/** One step, ready to be looked up or executed: everything that it reads exists. */
export interface StepRequest {
  readonly operation: WritingOperation
  readonly platform: Platform
  /** The layers that the step starts from; undefined for none. */
  readonly parent: ChainId | undefined
  readonly context: ContextTree
  /** The files of a named context. */
  readonly named: (name: string) => ContextTree | undefined
  /** The layers of a stage or image; undefined for one without layers. */
  readonly layersOf: (origin: Origin) => ChainId | undefined
  /** What a cache from elsewhere says that a selection holds (see Selection.name). */
  readonly known: (selection: Digest) => SelectionDigest | undefined
  /** Files that are still the same may be taken of the layer that an earlier build made. */
  readonly mayTakeOver: boolean
  /** What origins are called in explanations: `COPY src`, `COPY --from=build`. */
  readonly label: string
  readonly report: (report: StepReport) => Effect.Effect<void>
  /** Commands see other pids, and the names of directories in another order: for finding what depends on that. */
  readonly isPerturbed?: boolean
  /** Contents by id, for `--mount=type=secret`. */
  readonly secrets: ReadonlyMap<string, Uint8Array>
  /** Sockets of this host by id, for `--mount=type=ssh`. */
  readonly agents: ReadonlyMap<string, string>
}

/** What a step reads, as its cache key wants it. */
export interface StepInputs extends Pick<Inputs, "files" | "remote"> {
  /** The sources in the classic history's form: `file:<hex>`, `dir:<hex>`, `multi:<hex>`. */
  readonly sources: string
  /** What was read of a stage or image, where that is all that was read. */
  readonly selection?: SelectionDigest
}

/** A step whose inputs have been read. */
export interface PreparedStep {
  readonly inputs: StepInputs
  /** Carries the step out above its parent and stores the layer. At most once. */
  readonly execute: Effect.Effect<LayerRecord, BuildError>
}

/**
 * Carries out the steps of a build that write files.
 *
 * Guarantees: preparing writes nothing but caches, and looks into a stage or image only when no cache knows what is selected of it; a step that fails leaves no layer, but for a
 * command's, which its error carries; links inside the image never lead a copy
 * outside it; what was copied is what was hashed, or the step fails; nothing of a step (mounts, processes, files) outlives
 * its scope but the layer.
 */
export class StepExecutor extends Context.Tag("kasane/edge/build/StepExecutor")<
  StepExecutor,
  {
    /** Reads what the step would read. `source-missing` where a source is not there. */
    readonly prepare: (request: StepRequest) => Effect.Effect<PreparedStep, BuildError, Scope.Scope>
  }
>() {}
