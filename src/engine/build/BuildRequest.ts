import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import type { Platform } from "../../core/oci/Platform.js"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import type { PlannedStage, PlanOptions } from "../../core/plan/BuildPlan.js"
import type { Entitlement } from "../../core/plan/Entitlement.js"
import type { ImageNeed } from "../../core/plan/Operation.js"
import type { ContextSource, TreeSource } from "../../edge/build/BuildContext.js"
import type { CacheExchange } from "../cache/CacheExchange.js"
import type { OutputRequest } from "../output/OutputRequest.js"

/** A build as the user asks for it. */
export interface BuildRequest {
  readonly source: ContextSource
  readonly options: PlanOptions
  /** The files of named contexts, by the names of `options.contexts`; undefined for none. */
  readonly contexts?: ReadonlyMap<string, TreeSource>
  /** What is built for, each once; empty: what `options` says. */
  readonly platforms: ReadonlyArray<Platform>
  /** Canonical references that the result gets. */
  readonly names: ReadonlyArray<string>
  readonly outputs: OutputRequest
  /** `ignore`: every step is executed. */
  readonly cache: "use" | "ignore"
  /** Stages, by name or index, whose steps are executed whatever a cache has. */
  readonly noCacheStages?: ReadonlyArray<string>
  /** Caches from and for elsewhere. */
  readonly exchange?: CacheExchange
  /** `missing`: what the store has is taken. `always`: registries are asked for newer ones. */
  readonly pull: "missing" | "always"
  /** Gets an image from its registry into the store, and tells in lines how it goes. */
  readonly fetch: (
    need: ImageNeed,
    line: (text: string) => Effect.Effect<void>
  ) => Effect.Effect<void, BuildFailure>
  /** What a registry says of an image, its layers left where they are; undefined: images are always fetched. */
  readonly look?: (need: ImageNeed) => Effect.Effect<RemoteBase, BuildFailure>
  /** What the Dockerfile may take beyond the usual; undefined for nothing. */
  readonly allowed?: ReadonlySet<Entitlement>
  readonly secrets: ReadonlyMap<string, Uint8Array>
  readonly agents: ReadonlyMap<string, string>
  /** Commands run in other circumstances than usual, as far as they should not matter (see StepRequest). */
  readonly isPerturbed?: boolean
  /** How many steps run at once. */
  readonly parallelism: number
  /** Say why steps are not in the cache. */
  readonly explain: boolean
  readonly report: (event: BuildEvent) => Effect.Effect<void>
}

/** An image that is only known by its config and manifest. */
export interface RemoteBase {
  readonly id: Digest
  readonly config: ImageConfig
  /** Base first. */
  readonly layers: ReadonlyArray<Descriptor>
  /** What its reference leads to at the registry. */
  readonly target: Digest
}

/** Why a build ended without an image. `message` is ready for the user; the process exits with `exitCode`. */
export class BuildFailure extends Data.TaggedError("BuildFailure")<{
  readonly message: string
  readonly exitCode: number
  /** The stage that failed, whose output so far is worth seeing. */
  readonly stage: number | undefined
  /** The lines of the Dockerfile that it is about, ready to be shown above the message. */
  readonly excerpt?: string
  /** What to do next, ready to be shown below the message. */
  readonly hint?: string
  /** True where the request was understood and could not be carried out, as BuildKit says `failed to solve`. */
  readonly isUnsolved?: boolean
  readonly cause?: unknown
}> {}

/** A failure that ends the build with 1. */
export const failure = (message: string, cause?: unknown): BuildFailure =>
  new BuildFailure({ message, exitCode: 1, stage: undefined, ...(cause === undefined ? {} : { cause }) })

/** The same for a build that was understood and cannot be carried out. */
export const unsolved = (message: string, cause?: unknown): BuildFailure =>
  new BuildFailure({ message, exitCode: 1, stage: undefined, isUnsolved: true, cause })

/** True where the steps of a stage are executed whatever a cache has. */
export const ignoresCache = (
  { cache, noCacheStages = [] }: Pick<BuildRequest, "cache" | "noCacheStages">,
  stage: Pick<PlannedStage, "index" | "name">
): boolean =>
  cache === "ignore" ||
  noCacheStages.some((wanted) => wanted.toLowerCase() === stage.name || wanted === String(stage.index))

/** Why {@link ignoresCache}, for people. */
export const ignoredBecause = ({ cache }: Pick<BuildRequest, "cache">): string =>
  `the cache is not used (${cache === "ignore" ? "--no-cache" : "--no-cache-filter"})`
