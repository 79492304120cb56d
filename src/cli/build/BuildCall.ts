import * as Either from "effect/Either"
import * as Table from "../../core/display/Table.js"
import type { SourceRange } from "../../core/dockerfile/SourceRange.js"
import type { Target } from "../../core/dockerfile/Targets.js"
import { rules, url } from "../../core/lint/LintRule.js"
import * as LintWarning from "../../core/lint/LintWarning.js"
import type { BuildOutline, OutlinedAccess } from "../../core/plan/BuildOutline.js"
import type { CheckedBuild, Told } from "../../engine/CheckBuild.js"

/** What `build --call` asks for instead of a build. */
export interface BuildCall {
  readonly method: "build" | "check" | "outline" | "targets"
  readonly format: "text" | "json"
}

const methods = ["build", "check", "outline", "targets"] as const

/** Reads `METHOD[,format=text|json]`; `lint` is another name of `check`. */
export const parse = (text: string): Either.Either<BuildCall, string> => {
  const [name = "", ...settings] = text.split(",")
  const method = methods.find((one) => one === (name === "lint" ? "check" : name))
  if (method === undefined) return Either.left(`invalid call "${name}": use ${methods.join(", ")}`)
  let format: BuildCall["format"] = "text"
  for (const setting of settings)
    if (setting === "format=json" || setting === "format=text")
      format = setting === "format=json" ? "json" : "text"
    else return Either.left(`invalid option "${setting}" of call "${name}": use format=text or format=json`)
  return Either.right({ method, format })
}

const printed = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

/** Each line of the range, as BuildKit has it. */
const location = ({ start, end }: SourceRange) => ({
  ranges: Array.from({ length: end.line - start.line + 1 }, (_, offset) => ({
    start: { line: start.line + offset },
    end: { line: start.line + offset }
  }))
})

const sources = (text: string) => [Buffer.from(text).toString("base64")]

/** The warnings, each with the lines it is about; at the end, on its own, why it cannot be built. */
export const check = (
  { answer: { report, problem }, text, fileName }: Told<CheckedBuild>,
  format: BuildCall["format"]
): string => {
  const { warnings } = report
  if (format === "json")
    return printed({
      warnings: warnings.map(({ rule, message, range }) => ({
        ruleName: rule,
        description: rules[rule].description,
        url: url(rule),
        detail: message,
        location: location(range)
      })),
      sources: [{ filename: fileName, language: "Dockerfile", data: Buffer.from(text).toString("base64") }],
      ...(problem === undefined ? {} : { buildError: { message: problem.message } })
    })
  if (warnings.length === 0) return problem === undefined ? "Check complete, no warnings found.\n" : ""
  const count = warnings.length === 1 ? "1 warning has" : `${warnings.length} warnings have`
  return [
    `Check complete, ${count} been found!\n`,
    ...warnings.map((warning) => `\n${LintWarning.detail(warning, text, fileName)}`)
  ].join("")
}

/** The stages, with what their comments say of them. */
export const targets = (
  { answer, text }: Told<ReadonlyArray<Target>>,
  format: BuildCall["format"]
): string => {
  if (format === "json")
    return printed({
      targets: answer.map(({ name, isDefault, description, base, platform, range }) => ({
        ...(name === undefined ? {} : { name }),
        ...(isDefault ? { default: true } : {}),
        ...(description === "" ? {} : { description }),
        base,
        ...(platform === undefined ? {} : { platform }),
        location: location(range)
      })),
      sources: sources(text)
    })
  const rows = answer.map(({ name = "", isDefault, description }) => [
    [name, ...(isDefault ? ["(default)"] : [])].filter((part) => part !== "").join(" "),
    description
  ])
  return Table.table([["TARGET", "DESCRIPTION"], ...rows])
}

const accessTable = (title: string, list: ReadonlyArray<OutlinedAccess>): ReadonlyArray<string> =>
  list.length === 0
    ? []
    : [
        Table.table([
          [title, "REQUIRED"],
          ...list.map(({ id, isRequired }) => [id, isRequired ? "true" : ""])
        ])
      ]

/** What the target can be given: build arguments, secrets, agent sockets. */
export const outline = ({ answer, text }: Told<BuildOutline>, format: BuildCall["format"]): string => {
  const { name, description, args, secrets, agents } = answer
  if (format === "json") {
    const accesses = (list: ReadonlyArray<OutlinedAccess>) =>
      list.map(({ id, isRequired, range }) => ({
        name: id,
        ...(isRequired ? { required: true } : {}),
        location: location(range)
      }))
    return printed({
      ...(name === undefined ? {} : { name }),
      ...(description === "" ? {} : { description }),
      args: args.map((arg) => ({ ...arg, range: undefined, location: location(arg.range) })),
      secrets: accesses(secrets),
      ssh: accesses(agents),
      sources: sources(text)
    })
  }
  const head = [
    ["TARGET:", name ?? "(default)"],
    ...(description === "" ? [] : [["DESCRIPTION:", description]])
  ]
  return [
    ...(name === undefined ? [] : [Table.table(head)]),
    ...(args.length === 0
      ? []
      : [
          Table.table([
            ["BUILD ARG", "VALUE", "DESCRIPTION"],
            ...args.map((arg) => [arg.name, arg.value, arg.description])
          ])
        ]),
    ...accessTable("SECRET", secrets),
    ...accessTable("SSH", agents)
  ].join("\n")
}
