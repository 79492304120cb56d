import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { quoted } from "../dockerfile/Quoted.js"
import { type LintRuleName, rules } from "./LintRule.js"

/** Which rules report: what `# check=skip=A,B;experimental=all;error=true` says. */
export interface CheckOptions {
  readonly skip: "all" | ReadonlySet<string>
  readonly experimental: "all" | ReadonlySet<string>
  /** A warning fails the build. */
  readonly error: boolean
}

/** An option that does not exist or has an impossible value. The message is ready for the user. */
export class CheckOptionsError extends Data.TaggedError("CheckOptionsError")<{ readonly message: string }> {}

export const none: CheckOptions = { skip: new Set(), experimental: new Set(), error: false }

const failure = (why: string) =>
  Either.left(new CheckOptionsError({ message: `failed to parse check options: ${why}` }))

const names = (value: string): "all" | ReadonlySet<string> =>
  value.trim() === "all" ? "all" : new Set(value.split(",").map((name) => name.trim()))

/** Reads the value of a check directive. Everything behind its first blank is ignored. */
export const parse = (value: string): Either.Either<CheckOptions, CheckOptionsError> => {
  let options = none
  const [text = ""] = value.trim().split(" ")
  if (text === "") return Either.right(none)
  for (const part of text.split(";")) {
    const equals = part.indexOf("=")
    if (equals < 0) return failure(`invalid check option ${quoted(part)}`)
    const key = part.slice(0, equals).trim()
    const given = part.slice(equals + 1)
    if (key === "skip" || key === "experimental") options = { ...options, [key]: names(given) }
    else if (key !== "error") return failure(`invalid check option ${quoted(key)}`)
    else if (/^(?:1|t|true|0|f|false)$/i.test(given.trim()))
      options = { ...options, error: /^[1t]/i.test(given.trim()) }
    else return failure(`failed to parse check option ${quoted(part)}: invalid syntax`)
  }
  return Either.right(options)
}

const grammar = /^check\s*=(.*)$/i

/** The options of a file, with those of the comments above an instruction added. Malformed ones add nothing. */
export const withComments = (options: CheckOptions, comments: ReadonlyArray<string>): CheckOptions => {
  const value = comments.map((comment) => grammar.exec(comment)?.[1]).find((one) => one !== undefined)
  if (value === undefined) return options
  return Either.match(parse(value), {
    onLeft: () => options,
    onRight: (more) => ({
      ...options,
      skip: union(options.skip, more.skip),
      experimental: union(options.experimental, more.experimental)
    })
  })
}

const union = (a: CheckOptions["skip"], b: CheckOptions["skip"]): CheckOptions["skip"] =>
  a === "all" || b === "all" ? "all" : new Set([...a, ...b])

/** Does this rule report? */
export const enables = (options: CheckOptions, name: LintRuleName): boolean => {
  if (rules[name].experimental) return options.experimental === "all" || options.experimental.has(name)
  return options.skip !== "all" && !options.skip.has(name)
}
