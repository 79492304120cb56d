import * as Either from "effect/Either"
import type { Dockerfile, Stage } from "../dockerfile/Dockerfile.js"
import { quoted } from "../dockerfile/Quoted.js"
import * as Suggestion from "../dockerfile/Suggestion.js"
import * as WordExpansion from "../dockerfile/WordExpansion.js"
import * as Platform from "../oci/Platform.js"
import * as Reference from "../oci/Reference.js"
import type { Report } from "./Report.js"

/** What FROM lines see: the value of every global ARG that has one. */
export type Arguments = ReadonlyMap<string, string>

/** Checks of FROM lines with the arguments of this build. */
export const check = (
  dockerfile: Dockerfile,
  args: Arguments,
  buildPlatform: Platform.Platform,
  report: Report
): void => {
  const declared = dockerfile.metaArgs.flatMap((arg) => arg.definitions.map(({ name }) => name.text))
  const known = new Set([...declared, ...args.keys()])
  const expand = (text: string) =>
    WordExpansion.expand(text, (name) => args.get(name), { escape: dockerfile.escape })
  for (const stage of dockerfile.stages) {
    const image = expand(stage.from.image.text)
    if (Either.isRight(image)) undeclared(stage, image.right, known, report)
    if (stage.from.platform === undefined) continue
    const written = stage.from.platform.text
    const platform = expand(written)
    if (Either.isLeft(platform)) continue
    undeclared(stage, platform.right, known, report)
    redundant(stage, written, platform.right, args, report)
    constant(stage, platform.right, buildPlatform, report)
  }
}

const undeclared = (
  { from }: Stage,
  { unmatched }: WordExpansion.Expansion,
  known: ReadonlySet<string>,
  report: Report
): void => {
  for (const name of unmatched)
    if (!known.has(name)) {
      const hint = Suggestion.hint(Suggestion.nearest(name, [...known]))
      report("UndefinedArgInFrom", from, `FROM argument '${name}' is not declared${hint}`)
    }
}

/** The platform is exactly what it would be without the flag. */
const redundant = (
  { from }: Stage,
  written: string,
  { text, matched, unmatched }: WordExpansion.Expansion,
  args: Arguments,
  report: Report
): void => {
  if (matched.size !== 1 || unmatched.size > 0 || !matched.has("TARGETPLATFORM")) return
  if (text === args.get("TARGETPLATFORM"))
    report(
      "RedundantTargetPlatform",
      from,
      `Setting platform to predefined ${written} in FROM is redundant as this is the default behavior`
    )
}

/** A stage whose name says for what it is made may have a fixed platform. */
const constant = (
  { from, name = "" }: Stage,
  { text, matched, unmatched }: WordExpansion.Expansion,
  buildPlatform: Platform.Platform,
  report: Report
): void => {
  const platform = Platform.parse(text, buildPlatform)
  if (matched.size > 0 || unmatched.size > 0 || Either.isLeft(platform)) return
  if (name.includes(platform.right.os) || name.includes(platform.right.architecture)) return
  report(
    "FromPlatformFlagConstDisallowed",
    from,
    `FROM --platform flag should not use constant value ${quoted(text)}`
  )
}

/** Checks that every base has a possible name when nobody gives build arguments; `args`: as they are then. */
export const checkDefaults = (dockerfile: Dockerfile, args: Arguments, report: Report): void => {
  for (const { from } of dockerfile.stages) {
    const image = WordExpansion.expand(from.image.text, (name) => args.get(name), {
      escape: dockerfile.escape
    })
    if (Either.isLeft(image)) return
    if (Either.isLeft(Reference.parse(image.right.text)))
      report(
        "InvalidDefaultArgInFrom",
        from,
        `Default value for ARG ${from.image.text} results in empty or invalid base image name`
      )
  }
}
