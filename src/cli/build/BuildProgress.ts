import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { BuildEvent } from "../../core/plan/BuildEvent.js"
import * as ClassicOutput from "../../core/plan/ClassicOutput.js"

export interface BuildProgress {
  readonly report: (event: BuildEvent) => Effect.Effect<void>
  /** What a failed build still has to show. */
  readonly rest: (stage: number | undefined) => Effect.Effect<string>
}

/** Prints the classic lines as they are due; `quiet` keeps them all for a failure. */
export const make = (
  write: (text: string) => Effect.Effect<void>,
  quiet: boolean
): Effect.Effect<BuildProgress> =>
  Effect.gen(function* () {
    const state = yield* Ref.make(ClassicOutput.empty)
    const kept = yield* Ref.make("")
    const report = (event: BuildEvent) =>
      Effect.gen(function* () {
        const text = yield* Ref.modify(state, (before) => {
          const [after, out] = ClassicOutput.push(before, event)
          return [out, after]
        })
        if (text === "") return
        yield* quiet ? Ref.update(kept, (before) => before + text) : write(text)
      })
    const rest = (stage: number | undefined) =>
      Effect.map(Effect.all([Ref.get(kept), Ref.get(state)]), ([before, now]) =>
        stage === undefined ? before : before + ClassicOutput.flush(now, stage)
      )
    return { report, rest }
  })
