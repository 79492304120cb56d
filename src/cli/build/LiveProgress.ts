import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as BuildFrame from "../../core/display/BuildFrame.js"
import * as Redraw from "../../core/display/Redraw.js"
import type { Terminal } from "../../edge/terminal/Terminal.js"
import * as BuildBoard from "./BuildBoard.js"
import { type BuildProgress, reason } from "./BuildProgress.js"

/** How often a frame is drawn, in milliseconds: as often as its times change. */
const interval = 100

/**
 * A view of all steps at work, drawn in place until the scope closes. When the build ends, a summary stays. `coloured`: the
 * terminal's user wants colours.
 */
export const make = (
  write: (text: string) => Effect.Effect<void>,
  terminal: Terminal["Type"],
  coloured: boolean
): Effect.Effect<BuildProgress, never, Scope.Scope> =>
  Effect.gen(function* () {
    let board = BuildBoard.start(yield* Clock.currentTimeMillis)
    let drawn = Redraw.nothing
    let isOver = false
    const turns = yield* Effect.makeSemaphore(1)

    const draw = (lines: ReadonlyArray<BuildFrame.Line>, columns: number) =>
      Effect.suspend(() => {
        const [after, text] = Redraw.redraw(drawn, lines, columns, coloured)
        drawn = after
        return text === "" ? Effect.void : write(text)
      })

    const frame = Effect.gen(function* () {
      if (isOver) return
      const size = { columns: yield* terminal.columns, rows: yield* terminal.rows }
      const now = yield* Clock.currentTimeMillis
      yield* draw(BuildFrame.running(BuildBoard.view(board), size, now), size.columns)
    }).pipe(turns.withPermits(1))

    const last = (outcome: "FINISHED" | "FAILED", more: ReadonlyArray<string>) =>
      Effect.gen(function* () {
        if (isOver) return
        isOver = true
        const columns = yield* terminal.columns
        const now = yield* Clock.currentTimeMillis
        yield* draw(BuildFrame.summary(BuildBoard.view(board), columns, now, outcome), columns)
        if (more.length > 0) yield* write(more.map((line) => `${line}\n`).join(""))
      }).pipe(turns.withPermits(1))

    const failed: BuildProgress["failed"] = (failure) =>
      Effect.gen(function* () {
        board = BuildBoard.failed(board, failure.stage, yield* Clock.currentTimeMillis)
        yield* last("FAILED", [...BuildBoard.culprit(board)])
        yield* terminal.err(reason(failure))
      })

    // Whatever ends the command (Ctrl-C too), what was going on stays readable.
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        board = BuildBoard.failed(board, -1, now)
        return last("FAILED", [])
      })
    )
    yield* Effect.forkScoped(Effect.repeat(frame, Schedule.spaced(interval)))

    return {
      report: (event) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          board = BuildBoard.push(board, event, now)
        }),
      finished: Effect.suspend(() => last("FINISHED", board.notes)),
      failed
    }
  })
