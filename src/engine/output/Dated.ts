import * as Effect from "effect/Effect"
import type { ChainId } from "../../core/layer/ChainId.js"
import type { Digest } from "../../core/oci/Digest.js"
import * as BuildDate from "../../core/output/repro/BuildDate.js"
import type { Suspect } from "../../core/output/repro/Reproduction.js"
import type { Step } from "../../core/plan/BuildPlan.js"
import { ResultTree } from "../../edge/build/ResultTree.js"
import type { BuiltImage } from "./BuiltImage.js"
import * as BuiltLayers from "./BuiltLayers.js"

const suspectsMax = 10

/** A file that a command wrote, in which the day of the build stands. */
interface DatedFile {
  readonly chain: ChainId
  readonly path: string
  readonly digest: Digest
  readonly step: Step
  readonly spelling: string
}

/** The days of a build, unless its epoch is one of them: then it is no wonder that they stand there. */
const daysOf = ({ epoch, finished, started }: BuiltImage): ReadonlyArray<string> => {
  const days = [...new Set([started, finished].flatMap(BuildDate.spellings))]
  const own = new Set(epoch === undefined ? [] : BuildDate.spellings(epoch * 1000))
  return days.filter((day) => !own.has(day))
}

const filesOf = ({ chain, step }: BuiltLayers.BuiltLayer, days: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const tree = yield* ResultTree
    const found: Array<DatedFile> = []
    for (const { digest, kind, path } of yield* tree.layer(chain)) {
      if (kind !== "file" || digest === undefined) continue
      const spelling = BuildDate.found(yield* tree.content(chain, path), days)
      if (spelling !== undefined) found.push({ chain, path, digest, step, spelling })
    }
    return found
  })

const place = ({ range, text }: Step) => ({ line: range.start.line, text })

const suspectOf = (file: DatedFile, path: string, through: Step | undefined): Suspect => ({
  step: place(file.step),
  through: through === undefined ? undefined : place(through),
  subject: path,
  text: file.spelling
})

/**
 * Files of a result in which the day of the build stands, and the commands that wrote them, through copies from stages. The clock of
 * both builds is the same day's, so that comparing them does not find these.
 */
export const suspects = (built: BuiltImage) =>
  Effect.gen(function* () {
    const days = daysOf(built)
    const written = new Map<ChainId, ReadonlyArray<DatedFile>>()
    for (const { index } of built.plan.stages)
      for (const layer of BuiltLayers.of(built, index))
        if (layer.step.operation._tag === "Exec" && !written.has(layer.chain))
          written.set(layer.chain, yield* filesOf(layer, days))
    const byContent = new Map([...written.values()].flat().map((file) => [file.digest, file]))
    const tree = yield* ResultTree
    const found: Array<Suspect> = []
    for (const { chain, step } of BuiltLayers.of(built, built.plan.target)) {
      const { operation } = step
      for (const file of written.get(chain) ?? []) found.push(suspectOf(file, file.path, undefined))
      if (operation._tag !== "Copy" || operation.origin._tag !== "Stage" || byContent.size === 0) continue
      for (const { digest, path } of yield* tree.layer(chain)) {
        const file = digest === undefined ? undefined : byContent.get(digest)
        if (file !== undefined) found.push(suspectOf(file, path, step))
      }
    }
    return found.slice(0, suspectsMax)
  })
