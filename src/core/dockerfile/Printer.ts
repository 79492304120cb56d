import { isSpace } from "./Blank.js"
import type { CommandLine } from "./CommandLine.js"
import { isDirective } from "./DirectiveReader.js"
import { type Dockerfile, instructions } from "./Dockerfile.js"
import type { Heredoc } from "./Heredoc.js"
import type { CopySource, Instruction } from "./Instruction.js"
import type { Word } from "./Word.js"

/**
 * The text of a Dockerfile, one instruction a line, in the keywords' own case. Parsing it gives the same tree, but for
 * ranges, `text` and `emptyContinuations`, which describe a text and not what it says.
 */
export const print = (dockerfile: Dockerfile): string => {
  const directives = dockerfile.directives.map(({ name, value }) => `# ${name}=${value}\n`)
  const printed = instructions(dockerfile).map((instruction, index) => {
    const [first] = instruction.comments
    // At the top of a file this comment would be a directive; an empty one in front keeps it from being one.
    const guard = index === 0 && first !== undefined && isDirective(first) ? "#\n" : ""
    const comments = instruction.comments.map((comment) => `# ${comment}\n`).join("")
    return guard + comments + printInstruction(instruction, dockerfile.escape)
  })
  return directives.join("") + printed.join("")
}

/** The text of one instruction, with the bodies of its heredocs and a line end. */
export const printInstruction = (instruction: Instruction, escapeChar: "\\" | "`"): string => {
  const flags = instruction.flags.map((flag) => printFlag(flag.text, escapeChar))
  const rest = argumentsOf(instruction)
  // What looks like a flag and is none stands behind a lone `--`.
  const guard = rest.startsWith("--") && instruction._tag !== "Onbuild" ? ["--"] : []
  const line = [instruction.keyword.text, ...flags, ...guard, ...(rest === "" ? [] : [rest])].join(" ")
  return `${line}\n${bodies(instruction)}`
}

/** Quoted where it holds a blank, a quote or an escape character. */
const printFlag = (flag: string, escapeChar: "\\" | "`"): string => {
  const rest = flag.slice(2)
  const plain = Array.from(rest).every((char) => !isSpace(char) && !`'"${escapeChar}`.includes(char))
  if (plain) return flag
  const escaped = Array.from(rest, (char) => (char === '"' || char === escapeChar ? escapeChar + char : char))
  return `--"${escaped.join("")}"`
}

const bodies = (instruction: Instruction): string => {
  if (instruction._tag !== "Run" && instruction._tag !== "Copy" && instruction._tag !== "Add") return ""
  return instruction.heredocs.map(({ content, name }: Heredoc) => `${content}${name}\n`).join("")
}

const json = (words: ReadonlyArray<Word>): string =>
  `[${words.map((word) => JSON.stringify(word.text)).join(", ")}]`

const spaced = (words: ReadonlyArray<Word>): string => words.map((word) => word.text).join(" ")

const commandText = (command: CommandLine): string =>
  command._tag === "Exec" ? json(command.words) : command.text.text

const sourceWord = (source: CopySource): Word => (source._tag === "Path" ? source.path : source.mark)

const argumentsOf = (instruction: Instruction): string => {
  switch (instruction._tag) {
    case "Add":
    case "Copy": {
      const words = [...instruction.sources.map(sourceWord), instruction.destination]
      return instruction.json ? json(words) : spaced(words)
    }
    case "Arg":
      return instruction.definitions
        .map(({ name, value }) => (value === undefined ? name.text : `${name.text}=${value.text}`))
        .join(" ")
    case "Cmd":
    case "Entrypoint":
    case "Run":
      return commandText(instruction.command)
    case "Env":
    case "Label":
      return instruction.pairs.map(({ key, value, separator }) => key.text + separator + value.text).join(" ")
    case "Expose":
      return spaced(instruction.ports)
    case "From": {
      const { image, alias } = instruction
      return spaced(alias === undefined ? [image] : [image, alias.as, alias.name])
    }
    case "Healthcheck": {
      const command = instruction.probe === undefined ? "" : ` ${commandText(instruction.probe.command)}`
      return instruction.kind.text + command
    }
    case "Maintainer":
      return instruction.name.text
    case "Onbuild":
      return instruction.expression
    case "Shell":
      return json(instruction.words)
    case "StopSignal":
      return instruction.signal.text
    case "User":
      return instruction.user.text
    case "Volume":
      return instruction.json ? json(instruction.paths) : spaced(instruction.paths)
    case "Workdir":
      return instruction.path.text
  }
}
