import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Progress from "../core/display/Progress.js"
import * as Rate from "../core/display/Rate.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import * as Flag from "./Flag.js"
import type { TransferLine } from "./TransferLine.js"

/** Shows lines as they come. */
export type Show = (line: TransferLine) => Effect.Effect<void>

/** How a transfer is shown. `auto`: drawn on a terminal, plain elsewhere. */
export type Style = "auto" | "tty" | "plain" | "json" | "quiet"

export const styles: ReadonlyArray<Style> = ["auto", "tty", "plain", "json", "quiet"]

/** `--progress`. */
export const flag = Flag.value<Style>(
  "progress",
  { help: 'Set type of progress output ("auto", "tty", "plain", "json", "quiet")', shown: "auto" },
  (text) => {
    const style = styles.find((each) => each === text)
    return style === undefined ? Either.left(`expected one of ${styles.join(", ")}`) : Either.right(style)
  }
)

const silent: Show = () => Effect.void

/** What changes all the time is told this often, in milliseconds. */
const interval = 100

type Write = (text: string) => Effect.Effect<void>

/** Leaves out lines that say how far something is, but for one in every interval. */
const seldom = (show: (line: TransferLine, now: number) => Effect.Effect<void>): Show => {
  const shownAt = new Map<string, number>()
  return (line) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const key = `${line.id} ${line.action}`
      if (line.isPassing && now - (shownAt.get(key) ?? 0) < interval) return Effect.void
      shownAt.set(key, now)
      return show(line, now)
    })
}

const plainly =
  (write: Write): Show =>
  (line) =>
    line.isPassing ? Effect.void : write(`${Progress.lineText(line, 80)}\n`)

/** Draws each layer's line in its place, with how fast it goes, and everything else below. */
const drawing = (write: Write, columns: Effect.Effect<number>): Show => {
  let screen = Progress.emptyScreen
  const rates = new Map<string, Rate.Rate>()
  return seldom((line, now) =>
    Effect.gen(function* () {
      const { current_bytes } = line
      const key = `${line.id} ${line.action}`
      const before = rates.get(key)
      const rate =
        current_bytes === undefined
          ? undefined
          : before === undefined
            ? Rate.start(now, current_bytes)
            : Rate.counted(before, now, current_bytes)
      if (rate !== undefined) rates.set(key, rate)
      const timed = { ...line, bytes_per_second: rate?.perSecond }
      const [next, text] = Progress.draw(screen, timed, yield* columns)
      screen = next
      yield* write(text)
    })
  )
}

const inJson = (write: Write): Show => seldom((line) => write(`${Progress.json(line)}\n`))

/** Shows on standard output, as asked. */
export const onOut = (style: Style): Effect.Effect<Show, never, Terminal> =>
  Effect.map(Terminal, ({ columns, out, outIsTerminal }) => {
    switch (style) {
      case "quiet":
        return silent
      case "json":
        return inJson(out)
      case "plain":
        return plainly(out)
      case "tty":
        return drawing(out, columns)
      case "auto":
        return outIsTerminal ? drawing(out, columns) : plainly(out)
    }
  })

/** What a command with `--quiet` and `--progress` is to show, and where its last words belong. */
export const asked = (isQuiet: boolean, style: Style | undefined) =>
  Effect.gen(function* () {
    const chosen = isQuiet ? "quiet" : (style ?? "auto")
    return {
      show: yield* onOut(chosen),
      isQuiet: chosen === "quiet",
      /** True where everything on standard output is an object. */
      isJson: chosen === "json"
    }
  })
