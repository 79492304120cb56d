import * as Either from "effect/Either"
import type { CommandLine } from "./CommandLine.js"
import type { Complaint } from "./Complaint.js"
import * as Duration from "./Duration.js"
import * as Flags from "./Flags.js"
import { type Common, Instruction } from "./Instruction.js"
import { quoted } from "./Quoted.js"
import type { Arguments, Statement } from "./Statement.js"
import type { Word } from "./Word.js"

const times = ["interval", "timeout", "start-period", "start-interval"] as const
const allowed = {
  interval: "string",
  timeout: "string",
  "start-period": "string",
  "start-interval": "string",
  retries: "string"
} as const

/** HEALTHCHECK NONE (which ignores flags) or HEALTHCHECK CMD. */
export const read = (
  statement: Statement,
  common: Common,
  commandOf: (args: Arguments) => CommandLine
): Either.Either<Instruction, Complaint> => {
  const args = statement.arguments
  if (args._tag !== "Probe")
    return Either.left({ reason: "arguments", text: "HEALTHCHECK requires at least one argument" })
  const { kind, command } = args
  const type = kind.text.toUpperCase()
  if (type === "NONE")
    return command._tag === "None" || (command._tag === "Json" && command.words.length === 0)
      ? Either.right(Instruction.Healthcheck({ ...common, kind, probe: undefined }))
      : Either.left({ reason: "arguments", text: "HEALTHCHECK NONE takes no arguments" })
  return Either.flatMap(Flags.read(statement.flags, allowed), (flags) => {
    if (type !== "CMD")
      return Either.left<Complaint>({
        reason: "arguments",
        text: `Unknown type ${quoted(type)} in HEALTHCHECK (try CMD)`,
        range: kind.range
      })
    if (command._tag === "None" || (command._tag === "Json" && command.words.length === 0))
      return Either.left<Complaint>({
        reason: "arguments",
        text: "Missing command after HEALTHCHECK CMD"
      })
    return Either.gen(function* () {
      const found: Record<(typeof times)[number], number> = {
        interval: 0,
        timeout: 0,
        "start-period": 0,
        "start-interval": 0
      }
      for (const name of times) found[name] = yield* time(name, Flags.one(flags, name))
      const probe = {
        command: commandOf(command),
        interval: found.interval,
        timeout: found.timeout,
        startPeriod: found["start-period"],
        startInterval: found["start-interval"],
        retries: yield* retries(Flags.one(flags, "retries"))
      }
      return Instruction.Healthcheck({ ...common, kind, probe })
    })
  })
}

const bad = (text: string, word: Word) =>
  Either.left<Complaint>({ reason: "flag-value", text, range: word.range })

const millisecond = 1_000_000

const time = (name: string, word: Word | undefined): Either.Either<number, Complaint> => {
  if (word === undefined || word.text === "") return Either.right(0)
  const duration = Duration.parse(word.text)
  if (Either.isLeft(duration)) return bad(duration.left, word)
  return duration.right !== 0 && duration.right < millisecond
    ? bad(`Interval ${quoted(name)} cannot be less than 1ms`, word)
    : Either.right(duration.right)
}

const retries = (word: Word | undefined): Either.Either<number, Complaint> => {
  if (word === undefined || word.text === "") return Either.right(0)
  const failed = `strconv.ParseInt: parsing ${quoted(word.text)}:`
  if (!/^[+-]?\d+$/.test(word.text)) return bad(`${failed} invalid syntax`, word)
  const number = Number(word.text)
  if (number >= 2 ** 31 || number < -(2 ** 31)) return bad(`${failed} value out of range`, word)
  return number < 0 ? bad(`--retries cannot be negative (${number})`, word) : Either.right(number)
}
