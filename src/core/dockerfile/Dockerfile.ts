import type { Instruction, Of } from "./Instruction.js"
import type { SourceRange } from "./SourceRange.js"

/** A parser directive (`# syntax=…`, `# escape=…`, `# check=…`); the name is lower case. */
export interface Directive {
  readonly name: "syntax" | "escape" | "check"
  readonly value: string
  readonly range: SourceRange
}

/** A FROM and the instructions up to the next one. */
export interface Stage {
  /** Its place among the stages, from 0. */
  readonly index: number
  /** Lower case; undefined without AS. */
  readonly name: string | undefined
  readonly from: Of<"From">
  readonly instructions: ReadonlyArray<Instruction>
}

/** A Dockerfile, parsed and checked, nothing expanded or evaluated. */
export interface Dockerfile {
  readonly directives: ReadonlyArray<Directive>
  /** The escape and continuation character in force. */
  readonly escape: "\\" | "`"
  /** ARG instructions before the first FROM; their values may be used in FROM lines only. */
  readonly metaArgs: ReadonlyArray<Of<"Arg">>
  readonly stages: ReadonlyArray<Stage>
  /** Where a continued instruction has an empty line in it (of the instruction's last line). */
  readonly emptyContinuations: ReadonlyArray<SourceRange>
}

/** Every instruction in the order of the file. */
export const instructions = (dockerfile: Dockerfile): ReadonlyArray<Instruction> => [
  ...dockerfile.metaArgs,
  ...dockerfile.stages.flatMap((stage) => [stage.from, ...stage.instructions])
]

/** A directive's value, if the file has it. */
export const directive = (dockerfile: Dockerfile, name: Directive["name"]): string | undefined =>
  dockerfile.directives.find((one) => one.name === name)?.value

/** The stage of this name (case does not matter; of several, the last before `before`). */
export const stageNamed = (
  dockerfile: Dockerfile,
  name: string,
  before: number = dockerfile.stages.length
): Stage | undefined =>
  dockerfile.stages.slice(0, before).findLast((stage) => stage.name === name.toLowerCase())
