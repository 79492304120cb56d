import type { Dockerfile, Stage } from "../dockerfile/Dockerfile.js"
import type { Instruction, Of } from "../dockerfile/Instruction.js"
import { quoted } from "../dockerfile/Quoted.js"
import type { Report } from "./Report.js"

/** Checks of what is written, without evaluating anything. */
export const check = (dockerfile: Dockerfile, report: Report): void => {
  for (const range of dockerfile.emptyContinuations)
    report("NoEmptyContinuation", { range, comments: [] }, "Empty continuation line")
  stageNames(dockerfile.stages, report)
  casing(dockerfile.stages, report)
  for (const one of dockerfile.metaArgs) description(one, report)
  for (const { from, name, instructions } of dockerfile.stages) {
    aliasCasing(from, report)
    describe("FROM", name === undefined ? [] : [name], from, report)
    for (const one of instructions)
      if (one._tag === "Arg") description(one, report)
      else if (one._tag === "Maintainer")
        report("MaintainerDeprecated", one, "Maintainer instruction is deprecated in favor of using label")
  }
}

const reserved = new Set(["context", "scratch"])

const stageNames = (stages: ReadonlyArray<Stage>, report: Report): void => {
  const seen = new Set<string>()
  for (const { name, from } of stages) {
    if (name === undefined) continue
    if (reserved.has(name))
      report(
        "ReservedStageName",
        from,
        `Stage name should not use the same name as reserved stage ${quoted(name)}`
      )
    if (seen.has(name))
      report("DuplicateStageName", from, `Duplicate stage name ${quoted(name)}, stage names should be unique`)
    seen.add(name)
  }
}

const isLower = (text: string): boolean => text === text.toLowerCase()
const isUpper = (text: string): boolean => text === text.toUpperCase()

/** Instructions in the case of the majority; upper case wins a draw. ARGs before the first FROM do not count. */
const casing = (stages: ReadonlyArray<Stage>, report: Report): void => {
  const all: ReadonlyArray<Instruction> = stages.flatMap((stage) => [stage.from, ...stage.instructions])
  const lower = all.filter((one) => isLower(one.keyword.text)).length
  const upper = all.filter((one) => isUpper(one.keyword.text)).length
  const majority = lower > upper ? "lowercase" : "uppercase"
  const fits = majority === "lowercase" ? isLower : isUpper
  for (const one of all)
    if (!fits(one.keyword.text))
      report(
        "ConsistentInstructionCasing",
        one,
        `Command '${one.keyword.text}' should match the case of the command majority (${majority})`
      )
}

/** FROM in mixed case is another rule's business. */
const aliasCasing = (from: Of<"From">, report: Report): void => {
  if (from.alias === undefined) return
  const { as, name } = from.alias
  const keyword = from.keyword.text
  if (!isLower(name.text)) report("StageNameCasing", from, `Stage name '${name.text}' should be lowercase`)
  const differs = isLower(keyword) ? !isLower(as.text) : isUpper(keyword) && !isUpper(as.text)
  if (differs) report("FromAsCasing", from, `'${as.text}' and '${keyword}' keywords' casing do not match`)
}

const description = (arg: Of<"Arg">, report: Report): void =>
  describe(
    "ARG",
    arg.definitions.map((definition) => definition.name.text),
    arg,
    report
  )

/** The last comment line above a definition has to start with a name that it defines. */
const describe = (
  keyword: "FROM" | "ARG",
  names: ReadonlyArray<string>,
  instruction: Instruction,
  report: Report
): void => {
  const [first] = instruction.comments.at(-1)?.split(" ") ?? []
  const [name, ...others] = names
  if (first === undefined || name === undefined || names.includes(first)) return
  const example = others.length > 0 ? "<arg_key>" : name
  report(
    "InvalidDefinitionDescription",
    instruction,
    `Comment for ${keyword} should follow the format: \`# ${example} <description>\``
  )
}
