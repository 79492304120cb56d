import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Progress from "../core/display/Progress.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import type { TransferLine } from "./TransferLine.js"

/** Shows lines as they come. */
export type Show = (line: TransferLine) => Effect.Effect<void>

export const silent: Show = () => Effect.void

/** A line that is drawn over is drawn this often, in milliseconds, however often it changes. */
const interval = 100

const plainly =
  (write: (text: string) => Effect.Effect<void>): Show =>
  (line) =>
    line.isPassing ? Effect.void : write(`${Progress.lineText(line, 80)}\n`)

/** Draws each layer's line in its place, and everything else below. */
const drawing = (write: (text: string) => Effect.Effect<void>, columns: Effect.Effect<number>): Show => {
  let screen = Progress.emptyScreen
  const drawnAt = new Map<string, number>()
  return (line) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const key = `${line.id} ${line.action}`
      if (line.isPassing && now - (drawnAt.get(key) ?? 0) < interval) return
      drawnAt.set(key, now)
      const [next, text] = Progress.draw(screen, line, yield* columns)
      screen = next
      yield* write(text)
    })
}

/** Shows on standard output: drawn where that is a terminal, line by line elsewhere. */
export const onOut: Effect.Effect<Show, never, Terminal> = Effect.map(Terminal, (terminal) =>
  terminal.outIsTerminal ? drawing(terminal.out, terminal.columns) : plainly(terminal.out)
)

/** Shows on standard error, for a command whose own output is something else (`run`). */
export const onErr: Effect.Effect<Show, never, Terminal> = Effect.map(Terminal, (terminal) =>
  terminal.errIsTerminal ? drawing(terminal.err, terminal.columns) : plainly(terminal.err)
)
