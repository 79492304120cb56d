import * as Either from "effect/Either"
import { clean } from "../dockerfile/CleanPath.js"
import * as IgnoreFile from "../dockerfile/IgnoreFile.js"
import type { ArgDefinition, Instruction, Of } from "../dockerfile/Instruction.js"
import { quoted } from "../dockerfile/Quoted.js"
import * as Suggestion from "../dockerfile/Suggestion.js"
import * as WordExpansion from "../dockerfile/WordExpansion.js"
import type { StageState } from "../plan/StageState.js"
import * as Expandable from "./Expandable.js"
import type { Report, Subject } from "./Report.js"

/** What the checks of a stage remember from one instruction to the next. Mutable, local to one stage. */
export interface Memory {
  /** A WORKDIR was seen, in this stage or in the stage it starts from. */
  hasWorkdir: boolean
  /** False if the base image has not been looked up: its variables may be any. */
  readonly knowsBase: boolean
  /** The last of the instructions of which only the last counts. */
  readonly last: Map<Instruction["_tag"], Subject>
}

/** What a check knows. `subject` is where to report: for a trigger, the FROM that fires it. */
export interface Scene {
  readonly state: StageState
  readonly memory: Memory
  readonly escape: "\\" | "`"
  readonly ignore: IgnoreFile.IgnoreMatcher
  readonly subject: Subject
  readonly report: Report
}

/** Checks an instruction in the state that those before it have made. ARG is checked by {@link checkDefinition}. */
export const check = (instruction: Instruction, scene: Scene): void => {
  for (const { text, kind } of Expandable.of(instruction)) undefinedVariables(text, kind, scene)
  switch (instruction._tag) {
    case "Env":
      for (const { key } of instruction.pairs) secret("ENV", key.text, scene)
      legacyPairs(instruction, scene)
      break
    case "Label":
      legacyPairs(instruction, scene)
      break
    case "Cmd":
    case "Entrypoint":
      onlyOnce(instruction, scene)
      jsonRecommended(instruction, scene)
      break
    case "Healthcheck":
      onlyOnce(instruction, scene)
      break
    case "Workdir":
      workdir(instruction, scene)
      break
    case "Expose":
      ports(instruction, scene)
      break
    case "Add":
    case "Copy":
      ignoredSources(instruction, scene)
      break
    default:
  }
}

/** Checks one definition of an ARG. `isGiven`: the command line has a value, so the default does not matter. */
export const checkDefinition = ({ name, value }: ArgDefinition, isGiven: boolean, scene: Scene): void => {
  secret("ARG", name.text, scene)
  if (value !== undefined && !isGiven) undefinedVariables(value.text, "word", scene)
}

const expansion = (text: string, { state, escape: escapeChar }: Scene) =>
  WordExpansion.expand(text, (name) => state.environment.get(name), { escape: escapeChar })

/** Settings of the builder that are read without being variables. */
const settings = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"])

const undefinedVariables = (text: string, kind: "word" | "body", scene: Scene): void => {
  const { state, memory, subject, report } = scene
  if (!memory.knowsBase) return
  const expanded =
    kind === "body"
      ? WordExpansion.expandBody(text, (name) => state.environment.get(name))
      : expansion(text, scene)
  if (Either.isLeft(expanded)) return
  for (const name of expanded.right.unmatched) {
    if (state.declared.has(name) || settings.has(name)) continue
    const nearest = Suggestion.nearest(name, [...state.environment.keys()])
    const hint = Suggestion.hint(nearest === undefined ? undefined : `$${nearest}`)
    report("UndefinedVar", subject, `Usage of undefined variable '$${name}'${hint}`)
  }
}

const secretName = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i
const harmlessName = /(?:_|^)(?:public|file|version)(?:_|$)/i

const secret = (keyword: "ARG" | "ENV", name: string, { subject, report }: Scene): void => {
  if (secretName.test(name) && !harmlessName.test(name))
    report(
      "SecretsUsedInArgOrEnv",
      subject,
      `Do not use ARG or ENV instructions for sensitive data (${keyword} ${quoted(name)})`
    )
}

const legacyPairs = (
  { keyword: { text: name }, pairs }: Of<"Env"> | Of<"Label">,
  { subject, report }: Scene
): void => {
  for (const { separator } of pairs)
    if (separator === " ")
      report(
        "LegacyKeyValueFormat",
        subject,
        `"${name} key=value" should be used instead of legacy "${name} key value" format`
      )
}

/** Reports the earlier one: it is without effect. */
const onlyOnce = (instruction: Instruction, { memory, subject, report }: Scene): void => {
  const earlier = memory.last.get(instruction._tag)
  if (earlier !== undefined)
    report(
      "MultipleInstructionsDisallowed",
      earlier,
      `Multiple ${instruction.keyword.text} instructions should not be used in the same stage because only the last one will be used`
    )
  memory.last.set(instruction._tag, subject)
}

/** A SHELL of the file's own shows that the shell form is meant. */
const jsonRecommended = (
  { keyword, command }: Of<"Cmd"> | Of<"Entrypoint">,
  { state, subject, report }: Scene
): void => {
  if (command._tag === "Shell" && (state.config.Shell ?? []).length === 0)
    report(
      "JSONArgsRecommended",
      subject,
      `JSON arguments recommended for ${keyword.text} to prevent unintended behavior related to OS signals`
    )
}

const workdir = ({ path }: Of<"Workdir">, scene: Scene): void => {
  const { memory, subject, report } = scene
  const expanded = expansion(path.text, scene)
  if (!memory.hasWorkdir && Either.isRight(expanded) && !expanded.right.text.startsWith("/"))
    report(
      "WorkdirRelativePath",
      subject,
      `Relative workdir ${quoted(expanded.right.text)} can have unexpected results if the base image changes`
    )
  memory.hasWorkdir = true
}

/** `[address:[host port:]]port[/protocol]`, of which EXPOSE only means the last two parts. */
const ports = (expose: Of<"Expose">, { state, escape: escapeChar, subject, report }: Scene): void => {
  for (const { text } of expose.ports) {
    const expanded = WordExpansion.expandToWords(text, (name) => state.environment.get(name), {
      escape: escapeChar
    })
    if (Either.isLeft(expanded)) continue
    for (const port of expanded.right.words) {
      const parts = port.split(":")
      const protocol = parts.at(-1)?.split("/")[1] ?? ""
      if (protocol !== protocol.toLowerCase())
        report(
          "ExposeProtoCasing",
          subject,
          `Defined protocol '${port}' in EXPOSE instruction should be lowercase`
        )
      if (parts.slice(0, -1).some((part) => part !== ""))
        report(
          "ExposeInvalidFormat",
          subject,
          `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`
        )
    }
  }
}

const remote = /^(?:https?:\/\/|git@|git:\/\/)/

/** Exceptions make it impossible to say what of a directory is left; then nothing is reported. */
const ignoredSources = (transfer: Of<"Add"> | Of<"Copy">, scene: Scene): void => {
  const { ignore, subject, report } = scene
  if (ignore.hasExceptions || (transfer._tag === "Copy" && transfer.from !== undefined)) return
  for (const source of transfer.sources) {
    if (source._tag !== "Path") continue
    const expanded = expansion(source.path.text, scene)
    if (Either.isLeft(expanded) || remote.test(expanded.right.text)) continue
    const path = clean(expanded.right.text)
    const isRoot = path === "." || path === "/"
    const excluded = isRoot
      ? ignore.patterns.some(({ text }) => text === "*" || text === "**" || text === "**/*")
      : IgnoreFile.isExcluded(ignore, path)
    if (excluded)
      report(
        "CopyIgnoredFile",
        subject,
        `Attempting to ${transfer._tag} file ${quoted(path)} that is excluded by .dockerignore`
      )
  }
}
