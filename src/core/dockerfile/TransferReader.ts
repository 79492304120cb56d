import * as Either from "effect/Either"
import type { Complaint } from "./Complaint.js"
import * as Flags from "./Flags.js"
import type { Heredoc } from "./Heredoc.js"
import * as HeredocMark from "./HeredocMark.js"
import { type Common, CopySource, Instruction } from "./Instruction.js"
import type { Statement } from "./Statement.js"
import type { Word } from "./Word.js"

/** What COPY and ADD read alike. */
interface Ends {
  readonly json: boolean
  readonly sources: ReadonlyArray<CopySource>
  readonly destination: Word
  readonly heredocs: ReadonlyArray<Heredoc>
}

const shared = { chown: "string", chmod: "string", link: "boolean", exclude: "list" } as const

const sharedOf = (flags: Flags.Flags) => ({
  chown: Flags.one(flags, "chown"),
  chmod: Flags.one(flags, "chmod"),
  link: flags.booleans.get("link") ?? false,
  exclude: Flags.all(flags, "exclude")
})

export const copy = (statement: Statement, common: Common): Either.Either<Instruction, Complaint> =>
  readWith(statement, "COPY", { ...shared, from: "string", parents: "boolean" }, (flags, ends) =>
    Instruction.Copy({
      ...common,
      ...ends,
      ...sharedOf(flags),
      from: Flags.one(flags, "from"),
      parents: flags.booleans.get("parents") ?? false
    })
  )

export const add = (statement: Statement, common: Common): Either.Either<Instruction, Complaint> =>
  readWith(
    statement,
    "ADD",
    { ...shared, "keep-git-dir": "boolean", checksum: "string", unpack: "boolean" },
    (flags, ends) =>
      Instruction.Add({
        ...common,
        ...ends,
        ...sharedOf(flags),
        checksum: Flags.one(flags, "checksum"),
        keepGitDir: flags.booleans.get("keep-git-dir"),
        unpack: flags.booleans.get("unpack")
      })
  )

const readWith = (
  statement: Statement,
  keyword: "COPY" | "ADD",
  allowed: Readonly<Record<string, Flags.Kind>>,
  make: (flags: Flags.Flags, ends: Ends) => Instruction
): Either.Either<Instruction, Complaint> => {
  const args = statement.arguments
  const words = args._tag === "Words" || args._tag === "Json" ? args.words : []
  const destination = words[words.length - 1]
  if (destination === undefined || words.length < 2)
    return Either.left({
      reason: "arguments",
      text: `${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`
    })
  return Either.flatMap(Flags.read(statement.flags, allowed), (flags) => {
    if (HeredocMark.parse(destination.text) !== undefined)
      return Either.left<Complaint>({
        reason: "arguments",
        text: `${keyword} cannot accept a heredoc as a destination`,
        range: destination.range
      })
    const { heredocs } = statement
    const bodies = new Map(heredocs.map((heredoc) => [heredoc.name, heredoc]))
    const sources = words.slice(0, -1).map((word) => sourceOf(word, bodies))
    return Either.right(make(flags, { json: args._tag === "Json", sources, destination, heredocs }))
  })
}

/** Of several heredocs of one name the last is meant. A mark without a body (in a JSON array) is an empty file. */
const sourceOf = (word: Word, bodies: ReadonlyMap<string, Heredoc>): CopySource => {
  const mark = HeredocMark.parse(word.text)
  if (mark === undefined) return CopySource.Path({ path: word })
  const body = bodies.get(mark.name)
  const heredoc = { ...mark, content: body?.content ?? "", range: body?.range ?? word.range }
  return CopySource.Inline({ mark: word, heredoc })
}
