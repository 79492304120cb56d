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
import type { Flag } from "./Flag.js"
import type { Line } from "./Grammar.js"
import { type Flags, type Values, values } from "./Values.js"

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
  for (const [key, flag] of Object.entries(flags)) {
    if (line.given.some(([given]) => given === flag)) options[key] = option(flag)
  }
  return Options.map(Options.all(options), (given) => values(flags, given))
}

/** Decodes a line that the grammar accepted and that gives at least one flag: a failure here is a bug of a flag's `decode`, and dies. */
export const parse = <F extends Flags>(flags: F, line: Line) =>
  Effect.gen(function* () {
    const [problem, , decoded] = yield* Options.processCommandLine(
      optionsOf(flags, line),
      words(line),
      config
    )
    if (problem._tag === "Some") return yield* Effect.fail(problem.value)
    const [, args] = yield* Args.validate(Args.repeated(Args.text()), line.args.map(quote), config)
    return { values: decoded, args: args.map(unquote) }
  }).pipe(
    Effect.mapError((cause) => new Error("the parser refused what the grammar accepted", { cause })),
    Effect.orDie,
    Effect.provide(unused)
  )
