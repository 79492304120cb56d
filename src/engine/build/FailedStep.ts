import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { SourceRange } from "../../core/dockerfile/SourceRange.js"
import * as Digest from "../../core/oci/Digest.js"
import * as LocalManifest from "../../core/oci/LocalManifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import type { PlannedStage, Step } from "../../core/plan/BuildPlan.js"
import * as CreatedBy from "../../core/plan/CreatedBy.js"
import * as StepImage from "../../core/plan/StepImage.js"
import * as StepRecord from "../../core/plan/StepRecord.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import type { BuildError } from "../../edge/build/BuildError.js"
import type { StoreError } from "../../edge/store/StoreError.js"
import { told } from "./BaseImages.js"
import { BuildFailure } from "./BuildRequest.js"
import type { StageState } from "./StageState.js"
import type { CacheServices } from "./StepCache.js"

type Stores = Pick<CacheServices, "cache" | "images">

interface Site extends Stores {
  readonly excerpt: (range: SourceRange) => string
}

/** How many are kept; a new one takes the oldest one's place. */
const keptMax = 3

/**
 * Keeps what a command had written when it failed: an image without a name, above the stage so far, in which a shell sees what the
 * command saw (its directory, user and variables). Pruned like any image without a name. Gives its id.
 */
const keep = (
  stores: Stores,
  step: Step,
  state: StageState,
  layer: LayerRecord
): Effect.Effect<Digest.Digest, StoreError> =>
  Effect.gen(function* () {
    const { cache, images } = stores
    const { operation } = step
    const created = new Date(yield* Clock.currentTimeMillis).toISOString()
    const { Entrypoint: _, OnBuild: __, ...config } = step.config
    const change: StepImage.StepChange = {
      config: {
        ...config,
        ...(operation._tag === "Exec" ? { Env: operation.env, WorkingDir: operation.cwd } : {}),
        Cmd: [shellOf(step)]
      },
      author: step.author,
      createdBy: `${CreatedBy.render(step.createdBy, "")} (failed)`,
      diffId: layer.diffId
    }
    const bytes = StepImage.encode(StepImage.after(state.config, change, created))
    const { record } = yield* images.put({
      manifest: LocalManifest.encode(bytes, [...state.layers, layer.blob]),
      manifestMediaType: MediaType.OciManifest,
      config: bytes,
      ...(state.image === undefined ? {} : { parent: state.image })
    })
    yield* cache.put({
      key: Digest.ofBytes(`failed step ${record.id}`),
      imageId: record.id,
      description: `failed: ${step.text}`,
      created,
      sizeBytes: layer.blob.size,
      detail: StepRecord.failed
    })
    yield* forgetOldest(stores)
    return record.id
  })

/** Removes all but the newest; one that a container uses stays, and is no longer counted. */
const forgetOldest = ({ cache, images }: Stores): Effect.Effect<void, StoreError> =>
  Effect.gen(function* () {
    const failed = (yield* cache.list).filter(({ detail }) => StepRecord.kindOf(detail) === "failed")
    for (const { key, imageId } of failed.slice(keptMax)) {
      yield* cache.remove(key)
      yield* Effect.catchIf(
        images.remove(imageId, { force: false, prune: false }),
        ({ reason }) => reason === "Missing" || reason === "Conflict",
        () => Effect.void
      )
    }
  })

/** The program that ran the command: the shell, or the first word where there was none. */
const shellOf = ({ config }: Step): string => config.Shell?.[0] ?? "/bin/sh"

/** A command that failed and a source that is not there are told in the classic builder's words, all else in BuildKit's. */
const isUnsolved = ({ reason }: BuildError): boolean => reason !== "command" && reason !== "source-missing"

/** Shows the step, and keeps what its command had written. */
export const kept = (
  site: Site,
  stage: PlannedStage,
  step: Step,
  state: StageState,
  error: BuildError
): Effect.Effect<never, BuildFailure> =>
  Effect.gen(function* () {
    const image =
      error.layer === undefined
        ? undefined
        : yield* Effect.mapError(keep(site, step, state, error.layer), told)
    const id = image === undefined ? undefined : Digest.short(image)
    return yield* new BuildFailure({
      message: error.message,
      exitCode: error.exitCode,
      stage: stage.index,
      excerpt: site.excerpt(step.range),
      isUnsolved: isUnsolved(error),
      ...(id !== undefined && {
        hint: `What the step left is kept as ${id}. To look around in it: kasane run -it --rm ${id} ${shellOf(step)}`
      }),
      cause: error
    })
  })

/** A step's error, with the lines that it is about. */
export const located = <A, R>(
  site: Pick<Site, "excerpt">,
  stage: PlannedStage,
  step: Step,
  work: Effect.Effect<A, BuildError, R>
): Effect.Effect<A, BuildFailure, R> =>
  Effect.mapError(
    work,
    (error) =>
      new BuildFailure({
        message: error.message,
        exitCode: error.exitCode,
        stage: stage.index,
        excerpt: site.excerpt(step.range),
        isUnsolved: isUnsolved(error),
        cause: error
      })
  )
