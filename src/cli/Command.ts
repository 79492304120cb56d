import * as Effect from "effect/Effect"
import type { Terminal } from "../edge/terminal/Terminal.js"
import type { Arity } from "./Arity.js"
import type { Flag } from "./Flag.js"
import type { Globals } from "./Globals.js"
import type { Line } from "./Grammar.js"
import type { Provided } from "./Provided.js"
import { type Flags, type Values, values } from "./Values.js"

/** What any failure of a command carries: a message ready for the user, and an exit code where it is not the usual one. */
export interface Failure {
  readonly message: string
  readonly exitCode?: number
}

/** The flags of a line by their long names, as they were given. */
export type Given = ReadonlyArray<readonly [name: string, text: string]>

/** A command as its module declares it. `Needs` names the services that main.ts builds for it, and no others are built. */
export interface Declaration<F extends Flags, Needs extends keyof Provided> {
  readonly needs: Needs
  /** What follows the command's name in `Usage:`, such as `[OPTIONS] IMAGE [COMMAND] [ARG...]`. Several lines: several. */
  readonly usage: string | ReadonlyArray<string>
  readonly arity: Arity
  readonly flags: F
  /** False where the first argument ends the flags, because what follows belongs to another program. True if absent. */
  readonly interspersed?: boolean
  /**
   * How failures look and end: `engine` is run's (`kasane: …`, a pointer to the help, exit code 125); `plain` (if absent)
   * is everyone else's (`Error: …`, exit code 1); `misuse` is create's: run's for wrong options, else plain.
   */
  readonly failures?: "plain" | "engine" | "misuse"
  /** `own` where the command passes signals on itself; else SIGINT and SIGTERM interrupt it (its finalizers run). */
  readonly signals?: "own"
  /**
   * Whether a running supervisor may do the work for us: true where it needs nothing of ours (input, terminal, environment,
   * directory). Never if absent. The command's entry in the catalog must say `errand`, too.
   */
  readonly errand?: (given: Given) => boolean
  /** Answers at once, before any service is loaded, where that is possible: the exit code, or undefined. */
  readonly answer?: (
    flags: Values<F>,
    args: ReadonlyArray<string>,
    globals: Globals
  ) => Effect.Effect<number | undefined, Failure, Terminal>
  /** Does the work; gives the exit code. */
  readonly run: (
    flags: Values<F>,
    args: ReadonlyArray<string>
  ) => Effect.Effect<number, Failure, Provided[Needs] | Terminal>
}

/** A command ready to be dispatched: its table, and its work from a line of that table. */
export interface CommandOf<Needs extends keyof Provided> {
  readonly needs: Needs
  readonly usage: ReadonlyArray<string>
  readonly arity: Arity
  readonly flags: ReadonlyArray<Flag<unknown>>
  readonly interspersed: boolean
  readonly failures: "plain" | "engine" | "misuse"
  readonly signals: "own" | "interrupt"
  readonly isErrand?: (line: Line) => boolean
  readonly answer?: (line: Line, globals: Globals) => Effect.Effect<number | undefined, Failure, Terminal>
  readonly execute: (line: Line) => Effect.Effect<number, Failure, Provided[Needs] | Terminal>
}

/** Any command; `needs` tells them apart. */
export type Command = { [Needs in keyof Provided]: CommandOf<Needs> }[keyof Provided]

/** The parser is loaded for lines that give a flag; there is nothing to parse in the others. */
const parsed = <F extends Flags>(flags: F, line: Line) =>
  line.given.length === 0
    ? Effect.succeed({ values: values(flags, {}), args: line.args })
    : Effect.flatMap(
        Effect.promise(() => import("./Parse.js")),
        ({ parse }) => parse(flags, line)
      )

const answering = <F extends Flags, Needs extends keyof Provided>({
  answer,
  flags
}: Declaration<F, Needs>) =>
  answer === undefined
    ? {}
    : {
        answer: (line: Line, globals: Globals) =>
          Effect.flatMap(parsed(flags, line), (read) => answer(read.values, read.args, globals))
      }

/** Makes a command of its declaration: one `Options` a flag, and the arguments as they are. */
export const command = <F extends Flags, Needs extends keyof Provided>(
  declaration: Declaration<F, Needs>
): CommandOf<Needs> => ({
  needs: declaration.needs,
  usage: typeof declaration.usage === "string" ? [declaration.usage] : declaration.usage,
  arity: declaration.arity,
  flags: Object.values(declaration.flags),
  interspersed: declaration.interspersed ?? true,
  failures: declaration.failures ?? "plain",
  signals: declaration.signals ?? "interrupt",
  isErrand: ({ given }) =>
    declaration.errand?.(given.map(([flag, text]) => [flag.name, text] as const)) ?? false,
  execute: (line) =>
    Effect.flatMap(parsed(declaration.flags, line), (read) => declaration.run(read.values, read.args)),
  ...answering(declaration)
})
