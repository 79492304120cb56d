import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as ClassicOutput from "../../core/plan/ClassicOutput.js"
import type { Terminal } from "../../edge/terminal/Terminal.js"
import { type BuildProgress, reason } from "./BuildProgress.js"

type Write = (text: string) => Effect.Effect<void>

/**
 * The classic builder's lines as they are due. `keep` holds all of them back, and tells them on standard error only if the build
 * fails.
 */
export const make = (write: Write, { err }: Terminal["Type"], keep: boolean): Effect.Effect<BuildProgress> =>
  Effect.gen(function* () {
    const state = yield* Ref.make(ClassicOutput.empty)
    const kept = yield* Ref.make("")
    return {
      report: (event) =>
        Effect.gen(function* () {
          const text = yield* Ref.modify(state, (before) => {
            const [after, out] = ClassicOutput.push(before, event)
            return [out, after]
          })
          if (text === "") return
          yield* keep ? Ref.update(kept, (before) => before + text) : write(text)
        }),
      finished: Effect.void,
      failed: (failure) =>
        Effect.gen(function* () {
          const { stage } = failure
          const rest = stage === undefined ? "" : ClassicOutput.flush(yield* Ref.get(state), stage)
          yield* (keep ? err : write)((yield* Ref.get(kept)) + rest)
          yield* err(reason(failure))
        })
    }
  })
