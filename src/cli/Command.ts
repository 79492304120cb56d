import * as Args from "@effect/cli/Args"
import * as CliConfig from "@effect/cli/CliConfig"
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as Options from "@effect/cli/Options"
import * as ValidationError from "@effect/cli/ValidationError"
import type { FileSystem } from "@effect/platform/FileSystem"
import type { Path } from "@effect/platform/Path"
import type { Terminal as PlatformTerminal } from "@effect/platform/Terminal"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Terminal } from "../edge/terminal/Terminal.js"
import type { Arity } from "./Arity.js"
import type { Flag } from "./Flag.js"
import type { Line } from "./Grammar.js"
import type { Provided } from "./Provided.js"

/** What any failure of a command carries: a message ready for the user, and an exit code where it is not the usual one. */
export interface Failure {
  readonly message: string
  readonly exitCode?: number
}

type Flags = Readonly<Record<string, Flag<unknown>>>
type Values<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer A> ? A : never }

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
   * How failures look and end: `engine` is run's and create's (`kasane: …`, a pointer to the help, exit code 125);
   * `plain` (if absent) is everyone else's (`Error: …`, exit code 1).
   */
  readonly failures?: "plain" | "engine"
  /** `own` where the command passes signals on itself; else SIGINT and SIGTERM interrupt it (its finalizers run). */
  readonly signals?: "own"
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
  readonly failures: "plain" | "engine"
  readonly signals: "own" | "interrupt"
  readonly execute: (line: Line) => Effect.Effect<number, Failure, Provided[Needs] | Terminal>
}

/** Any command; `needs` tells them apart. */
export type Command = { [Needs in keyof Provided]: CommandOf<Needs> }[keyof Provided]

/** Names are Docker's: case counts (`-a` and `-A`), and nothing is corrected behind the user's back. */
const config: CliConfig.CliConfig = { ...CliConfig.defaultConfig, isCaseSensitive: true, autoCorrectLimit: 0 }

/** The parser's type asks for services that only its file and prompt options use; a text option that did would die. */
const unused = Context.unsafeMake<FileSystem | Path | PlatformTerminal>(new Map())

const refuse = (reason: string) => ValidationError.invalidValue(HelpDoc.p(reason))

/** Values and arguments travel in quotes: none can look like a flag, and @effect/cli, which trims, finds nothing to trim. */
const quote = (text: string) => `"${text}"`
const unquote = (text: string) => text.slice(1, -1)

const option = <A>(flag: Flag<A>): Options.Options<A> =>
  Options.text(flag.name).pipe(
    Options.repeated,
    Options.mapEffect((texts) => Either.mapLeft(flag.decode(texts.map(unquote)), refuse))
  )

const words = (line: Line) => line.given.flatMap(([flag, text]) => [`--${flag.name}`, quote(text)])

/**
 * An option for each flag that the line gives; the others are what they are when absent. @effect/cli goes through all its
 * options for every word: with run's hundred flags that would be a third of a start.
 */
const optionsOf = <F extends Flags>(flags: F, line: Line): Options.Options<Values<F>> => {
  const options: Record<string, Options.Options<unknown>> = {}
  const absent: Record<string, unknown> = {}
  for (const [key, flag] of Object.entries(flags)) {
    if (line.given.some(([given]) => given === flag)) options[key] = option(flag)
    else absent[key] = Either.getOrThrow(flag.decode([]))
  }
  // @effect/cli cannot make `all` of nothing.
  const given: Options.Options<object> =
    Object.keys(options).length === 0 ? Options.map(Options.none, () => ({})) : Options.all(options)
  // Each key holds what that key's flag decodes to, which is what Values says; a loop cannot tell the compiler so.
  return Options.map(given, (values) => ({ ...absent, ...values }) as Values<F>)
}

/** Decodes a line that the grammar accepted: a failure here is a bug of a flag's `decode`, and dies. */
const parse = <F extends Flags>(flags: F, line: Line) =>
  Effect.gen(function* () {
    const [problem, , values] = yield* Options.processCommandLine(optionsOf(flags, line), words(line), config)
    if (problem._tag === "Some") return yield* Effect.fail(problem.value)
    const [, args] = yield* Args.validate(Args.repeated(Args.text()), line.args.map(quote), config)
    return { values, args: args.map(unquote) }
  }).pipe(
    Effect.mapError((cause) => new Error("the parser refused what the grammar accepted", { cause })),
    Effect.orDie,
    Effect.provide(unused)
  )

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
  execute: (line) =>
    Effect.flatMap(parse(declaration.flags, line), ({ values, args }) => declaration.run(values, args))
})
