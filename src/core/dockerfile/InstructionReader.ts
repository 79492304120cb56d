import * as Either from "effect/Either"
import { trim } from "./Blank.js"
import { CommandLine } from "./CommandLine.js"
import type { Complaint } from "./Complaint.js"
import * as Flags from "./Flags.js"
import { type ArgDefinition, type Common, Instruction, keywords, type Of } from "./Instruction.js"
import * as Mount from "./Mount.js"
import * as ProbeReader from "./ProbeReader.js"
import { quoted } from "./Quoted.js"
import * as SourceRange from "./SourceRange.js"
import type { Arguments, Statement } from "./Statement.js"
import * as Suggestion from "./Suggestion.js"
import * as TransferReader from "./TransferReader.js"
import type { Word } from "./Word.js"

type Result<A extends Instruction = Instruction> = Either.Either<A, Complaint>

/** What the statement means, or why it means nothing. */
export const read = (statement: Statement): Result => {
  const keyword = statement.keyword.text.toUpperCase()
  const reader = Object.hasOwn(readers, keyword) ? readers[keyword] : undefined
  if (reader !== undefined) return reader(statement)
  return Either.left({
    reason: "unknown-instruction",
    text: `unknown instruction: ${statement.keyword.text}`,
    range: statement.keyword.range,
    suggestion: Suggestion.nearestInCase(statement.keyword.text, keywords)
  })
}

const common = (statement: Statement): Common => ({
  range: statement.range,
  keyword: statement.keyword,
  text: statement.text,
  flags: statement.flags,
  comments: statement.comments
})

const complain = (text: string, range?: SourceRange.SourceRange) =>
  Either.left<Complaint>({ reason: "arguments", text, range })

/** For instructions without flags of their own. */
const noFlags = (statement: Statement): Either.Either<Flags.Flags, Complaint> =>
  Flags.read(statement.flags, {})

/** The argument as one word, blanks and all. */
const lineOf = (args: Arguments): Word | undefined => (args._tag === "Line" ? args.text : undefined)

const wordsOf = (args: Arguments): ReadonlyArray<Word> =>
  args._tag === "Words" || args._tag === "Json" ? args.words : []

/** A JSON array, or the rest of the line for a shell; the latter may be empty. */
const commandOf = (statement: Statement, args: Arguments): CommandLine => {
  if (args._tag === "Json") return CommandLine.Exec({ words: args.words })
  const end = statement.keyword.range.end
  return CommandLine.Shell({ text: lineOf(args) ?? { text: "", range: SourceRange.make(end, end) } })
}

/** MAINTAINER, USER and WORKDIR: the rest of the line, which must not be empty. */
const single =
  (keyword: string, make: (statement: Statement, value: Word) => Instruction) =>
  (statement: Statement): Result => {
    const value = lineOf(statement.arguments)
    if (value === undefined) return complain(`${keyword} requires exactly one argument`)
    return Either.map(noFlags(statement), () => make(statement, value))
  }

const pairs =
  (keyword: "ENV" | "LABEL", make: typeof Instruction.Env | typeof Instruction.Label) =>
  (statement: Statement): Result =>
    Either.flatMap(noFlags(statement), (): Result => {
      const found = statement.arguments._tag === "Pairs" ? statement.arguments.pairs : []
      if (found.length === 0) return complain(`${keyword} requires at least one argument`)
      const blank = found.find((pair) => pair.key.text === "")
      return blank === undefined
        ? Either.right(make({ ...common(statement), pairs: found }))
        : complain(`${keyword} names can not be blank`, blank.key.range)
    })

const stageName = /^[a-z][a-z0-9-_.]*$/

const readAlias = (words: ReadonlyArray<Word>): Either.Either<Of<"From">["alias"], Complaint> => {
  const [, as, name] = words
  if (words.length === 1) return Either.right(undefined)
  if (words.length !== 3 || as === undefined || name === undefined || as.text.toLowerCase() !== "as")
    return complain("FROM requires either one or three arguments")
  if (stageName.test(name.text.toLowerCase())) return Either.right({ as, name })
  const why = "name can't start with a number or contain symbols"
  return complain(`invalid name for build stage: ${quoted(name.text)}, ${why}`, name.range)
}

const readFrom = (statement: Statement): Result => {
  const words = wordsOf(statement.arguments)
  const [image] = words
  if (image === undefined) return complain("FROM requires either one or three arguments")
  return Either.flatMap(readAlias(words), (alias) =>
    Either.map(Flags.read(statement.flags, { platform: "string" }), (flags) =>
      Instruction.From({ ...common(statement), image, alias, platform: Flags.one(flags, "platform") })
    )
  )
}

const readArg = (statement: Statement): Result => {
  const words = wordsOf(statement.arguments)
  if (words.length === 0) return complain("ARG requires at least one argument")
  const definitions: Array<ArgDefinition> = []
  for (const word of words) {
    const equals = word.text.indexOf("=")
    if (equals === 0) return complain("ARG names can not be blank", word.range)
    definitions.push(equals < 0 ? { name: word, value: undefined } : divide(word, equals))
  }
  return Either.right(Instruction.Arg({ ...common(statement), definitions }))
}

/** The parts before and after the `=` at this index. */
const divide = ({ text, range }: Word, equals: number): ArgDefinition => {
  const at = (offset: number) => ({ line: range.start.line, column: range.start.column + offset })
  return {
    name: { text: text.slice(0, equals), range: SourceRange.make(range.start, at(equals)) },
    value: { text: text.slice(equals + 1), range: SourceRange.make(at(equals + 1), range.end) }
  }
}

const networks = ["default", "none", "host"] as const
const securities = ["sandbox", "insecure"] as const

const readRun = (statement: Statement): Result =>
  Either.flatMap(
    Flags.read(statement.flags, { mount: "list", network: "string", security: "string" }),
    (flags): Result => {
      const mounts = Flags.all(flags, "mount")
      for (const mount of mounts) {
        const checked = Mount.check(mount.text)
        if (Either.isLeft(checked))
          return Either.left({ reason: "flag-value", text: checked.left.message, range: mount.range })
      }
      const networkFlag = Flags.one(flags, "network")
      const network = networks.find((mode) => mode === (networkFlag?.text ?? "default"))
      if (network === undefined)
        return Either.left({
          reason: "flag-value",
          text: `invalid network mode ${quoted(networkFlag?.text ?? "")}`,
          range: networkFlag?.range
        })
      const securityFlag = Flags.one(flags, "security")
      const security = securities.find((mode) => mode === (securityFlag?.text ?? "sandbox"))
      if (security === undefined)
        return Either.left({
          reason: "flag-value",
          text: `security ${quoted(securityFlag?.text ?? "")} is not valid`,
          range: securityFlag?.range
        })
      const command = commandOf(statement, statement.arguments)
      const { heredocs } = statement
      return Either.right(
        Instruction.Run({ ...common(statement), command, heredocs, mounts, network, security })
      )
    }
  )

const readShell = (statement: Statement): Result =>
  Either.flatMap(noFlags(statement), (): Result => {
    const args = statement.arguments
    if (args._tag === "Line") return complain("SHELL requires the arguments to be in JSON form")
    const words = wordsOf(args)
    return words.length === 0
      ? complain("SHELL requires at least one argument")
      : Either.right(Instruction.Shell({ ...common(statement), words }))
  })

const readExpose = (statement: Statement): Result => {
  const ports = wordsOf(statement.arguments)
  if (ports.length === 0) return complain("EXPOSE requires at least one argument")
  return Either.map(noFlags(statement), () => Instruction.Expose({ ...common(statement), ports }))
}

const readVolume = (statement: Statement): Result => {
  const words = wordsOf(statement.arguments)
  if (words.length === 0) return complain("VOLUME requires at least one argument")
  return Either.flatMap(noFlags(statement), (): Result => {
    const paths = words.map((word) => ({ ...word, text: trim(word.text) }))
    const empty = paths.find((path) => path.text === "")
    const json = statement.arguments._tag === "Json"
    return empty === undefined
      ? Either.right(Instruction.Volume({ ...common(statement), json, paths }))
      : complain("VOLUME specified can not be an empty string", empty.range)
  })
}

/** STOPSIGNAL ignores flags, as ARG does: a known gap in the language that files rely on. */
const readStopSignal = (statement: Statement): Result => {
  const signal = lineOf(statement.arguments)
  return signal === undefined
    ? complain("STOPSIGNAL requires exactly one argument")
    : Either.right(Instruction.StopSignal({ ...common(statement), signal }))
}

const readOnbuild = (statement: Statement): Result => {
  if (statement.arguments._tag !== "Trigger") return complain("ONBUILD requires at least one argument")
  const trigger = statement.arguments.statement.keyword
  return Either.flatMap(noFlags(statement), (): Result => {
    const name = trigger.text.toUpperCase()
    if (name === "ONBUILD")
      return complain("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", trigger.range)
    if (name === "MAINTAINER" || name === "FROM")
      return complain(`${name} isn't allowed as an ONBUILD trigger`, trigger.range)
    const line = statement.text.slice(statement.keyword.text.length).trimStart()
    const bodies = statement.heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`)
    const expression = line + bodies.join("")
    return Either.right(
      Instruction.Onbuild({ ...common(statement), expression, trigger, heredocs: statement.heredocs })
    )
  })
}

const readers: Readonly<Record<string, (statement: Statement) => Result>> = {
  ADD: (statement) => TransferReader.add(statement, common(statement)),
  ARG: readArg,
  CMD: (statement) =>
    Either.map(noFlags(statement), () =>
      Instruction.Cmd({ ...common(statement), command: commandOf(statement, statement.arguments) })
    ),
  COPY: (statement) => TransferReader.copy(statement, common(statement)),
  ENTRYPOINT: (statement) =>
    Either.map(noFlags(statement), () =>
      Instruction.Entrypoint({ ...common(statement), command: commandOf(statement, statement.arguments) })
    ),
  ENV: pairs("ENV", Instruction.Env),
  EXPOSE: readExpose,
  FROM: readFrom,
  HEALTHCHECK: (statement) =>
    ProbeReader.read(statement, common(statement), (args) => commandOf(statement, args)),
  LABEL: pairs("LABEL", Instruction.Label),
  MAINTAINER: single("MAINTAINER", (statement, name) =>
    Instruction.Maintainer({ ...common(statement), name })
  ),
  ONBUILD: readOnbuild,
  RUN: readRun,
  SHELL: readShell,
  STOPSIGNAL: readStopSignal,
  USER: single("USER", (statement, user) => Instruction.User({ ...common(statement), user })),
  VOLUME: readVolume,
  WORKDIR: single("WORKDIR", (statement, path) => Instruction.Workdir({ ...common(statement), path }))
}
