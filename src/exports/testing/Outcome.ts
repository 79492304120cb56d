import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChainId from "../../core/layer/ChainId.js"
import * as Changeset from "../../core/layer/Changeset.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { ImageConfig } from "../../core/oci/ImageConfig.js"
import type { BuildEvent, StepPlace } from "../../core/plan/BuildEvent.js"
import * as ClassicOutput from "../../core/plan/ClassicOutput.js"
import * as Files from "../../edge/build/memory/Files.js"
import { ImageStore } from "../../edge/store/ImageStore.js"
import type { FileTree } from "../../edge/store/memory/FileNode.js"
import type { MemoryState } from "../../edge/store/memory/MemoryState.js"
import * as TreeChanges from "../../edge/store/memory/TreeChanges.js"
import type { BuildFailure } from "../../engine/build/BuildRequest.js"

/** One instruction that the build came to. */
export interface StepOutcome {
  /** The index of its stage in the Dockerfile. */
  readonly stage: number
  /** As in `Step 3/7`; undefined for a trigger of the base image. */
  readonly number: number | undefined
  readonly text: string
  readonly cached: boolean
  /** Why it was not in the cache, most telling first. */
  readonly causes: ReadonlyArray<string>
  /** What its command wrote to stdout and stderr. */
  readonly output: string
  /** The image that it made; undefined where it failed. */
  readonly image: Digest | undefined
  /** What its layer changes, as `kasane diff` tells it: `A /app`, `C /etc`, `D /tmp/x`. Empty without a layer. */
  readonly changes: ReadonlyArray<string>
}

/** An image as a build left it. */
export interface BuiltImage {
  readonly id: Digest
  readonly config: ImageConfig
  /** Its regular files as text and its links as `-> target`, by absolute path. */
  readonly files: Readonly<Record<string, string>>
  /** The same with everything that is known of them: attributes, contents as bytes, hard links. */
  readonly tree: FileTree
}

/** What became of a build. */
export interface BuildOutcome {
  /** In the order of the Dockerfile; stages that the target does not need have none. */
  readonly steps: ReadonlyArray<StepOutcome>
  /** The classic builder's lines. */
  readonly lines: ReadonlyArray<string>
  readonly events: ReadonlyArray<BuildEvent>
  /** Undefined where the build failed. */
  readonly image: BuiltImage | undefined
  /** Why it failed; undefined where it succeeded. */
  readonly failure: BuildFailure | undefined
}

const linesOf = (
  events: ReadonlyArray<BuildEvent>,
  failure: BuildFailure | undefined
): ReadonlyArray<string> => {
  let output = ClassicOutput.empty
  let text = ""
  for (const event of events) {
    const [next, out] = ClassicOutput.push(output, event)
    output = next
    text += out
  }
  if (failure?.stage !== undefined) text += ClassicOutput.flush(output, failure.stage)
  return text.replace(/\n$/, "").split("\n")
}

type Draft = { -readonly [Key in keyof StepOutcome]: StepOutcome[Key] }

const draftsOf = (events: ReadonlyArray<BuildEvent>): ReadonlyArray<Draft> => {
  const drafts = new Map<string, Draft>()
  const of = ({ stage, step }: StepPlace): Draft | undefined => drafts.get(`${stage}/${step}`)
  for (const event of events) {
    if (event._tag === "StepStarted") {
      const { stage, step, number, text } = event
      const empty = { cached: false, causes: [], output: "", image: undefined, changes: [] }
      drafts.set(`${stage}/${step}`, { stage, number, text, ...empty })
    }
    if (!("step" in event)) continue
    const draft = of(event)
    if (draft === undefined) continue
    if (event._tag === "CacheHit") draft.cached = true
    if (event._tag === "Missed") draft.causes = event.causes
    if (event._tag === "Output") draft.output += event.text
    if (event._tag === "StepDone") draft.image = event.image
  }
  return [...drafts.values()].sort((left, right) => left.stage - right.stage)
}

const chainOf = (image: Digest) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ImageStore).config(image)
    return ChainId.all(config.rootfs.diff_ids ?? []).at(-1)
  })

/** The changes of an image's own layer; none where it has that of the image before it. */
const changesOf = (state: MemoryState, image: Digest) =>
  Effect.gen(function* () {
    const images = yield* ImageStore
    const stored = Option.getOrUndefined(yield* images.get(image))
    const chain = yield* chainOf(image)
    const parent = stored?.record.parent
    const before = parent === undefined ? undefined : yield* chainOf(parent)
    const layer = chain === undefined || chain === before ? undefined : state.layers.get(chain)
    if (layer === undefined) return []
    return TreeChanges.of(state.tree(layer.record.parent), layer.changes).map(Changeset.line)
  })

export const builtImage = (state: MemoryState, id: Digest) =>
  Effect.gen(function* () {
    const { config } = yield* (yield* ImageStore).config(id)
    const tree = state.tree(ChainId.all(config.rootfs.diff_ids ?? []).at(-1))
    return { id, config, files: Files.textsOf(tree), tree } satisfies BuiltImage
  })

/** What the events of a build, and its store, tell of it. */
export const of = (state: MemoryState, events: ReadonlyArray<BuildEvent>, result: Digest | BuildFailure) =>
  Effect.gen(function* () {
    const failure = typeof result === "string" ? undefined : result
    const steps = yield* Effect.forEach(draftsOf(events), (draft) =>
      draft.image === undefined
        ? Effect.succeed(draft)
        : Effect.map(changesOf(state, draft.image), (changes): StepOutcome => ({ ...draft, changes }))
    )
    return {
      steps,
      events,
      lines: linesOf(events, failure),
      image: typeof result === "string" ? yield* builtImage(state, result) : undefined,
      failure
    } satisfies BuildOutcome
  })
