import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Terminal } from "../../edge/terminal/Terminal.js"
import type { Style } from "../TransferDisplay.js"
import { styles } from "../TransferDisplay.js"
import type { BuildProgress } from "./BuildProgress.js"
import * as ClassicProgress from "./ClassicProgress.js"

type Environment = Readonly<Record<string, string | undefined>>

/** What the environment asks for; `rawjson` is BuildKit's word for lines of JSON. Anything else is nobody's wish. */
const ofEnvironment = (env: Environment): Style | undefined => {
  const asked = env["KASANE_PROGRESS"] || env["BUILDKIT_PROGRESS"]
  return styles.find((style) => style === (asked === "rawjson" ? "json" : asked))
}

/** How a build is shown: as the flags say, else the environment, else `auto`: drawn on a terminal, classic lines elsewhere. */
export const styleOf = (
  given: { readonly quiet: boolean; readonly progress: Style | undefined },
  env: Environment
): Style => (given.quiet ? "quiet" : (given.progress ?? ofEnvironment(env) ?? "auto"))

/** The display of a build. `onError`: standard output belongs to what is built. */
export const make = (
  style: Style,
  terminal: Terminal["Type"],
  onError: boolean,
  env: Environment
): Effect.Effect<BuildProgress, never, Scope.Scope> => {
  const write = onError ? terminal.err : terminal.out
  const isTerminal = onError ? terminal.errIsTerminal : terminal.outIsTerminal
  switch (style) {
    case "json":
      return Effect.map(
        Effect.promise(() => import("./JsonProgress.js")),
        (json) => json.make(write)
      )
    case "quiet":
      return ClassicProgress.make(write, terminal, true)
    case "plain":
      return ClassicProgress.make(write, terminal, false)
    case "tty":
    case "auto":
      return style === "tty" || (isTerminal && env["TERM"] !== "dumb")
        ? Effect.flatMap(
            Effect.promise(() => import("./LiveProgress.js")),
            (live) => live.make(write, terminal, !env["NO_COLOR"])
          )
        : ClassicProgress.make(write, terminal, false)
  }
}
