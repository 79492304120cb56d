import * as Either from "effect/Either"
import type { Dockerfile } from "../dockerfile/Dockerfile.js"
import type { SourceRange } from "../dockerfile/SourceRange.js"
import * as Targets from "../dockerfile/Targets.js"
import * as WordExpansion from "../dockerfile/WordExpansion.js"
import type { BuildPlan, PlanOptions, Step } from "./BuildPlan.js"

/** A build argument that a target takes, with the value it has now ("" without one). */
export interface OutlinedArg {
  readonly name: string
  readonly value: string
  readonly description: string
  readonly range: SourceRange
}

/** A secret or an agent socket that a target's commands ask for. */
export interface OutlinedAccess {
  readonly id: string
  readonly isRequired: boolean
  readonly range: SourceRange
}

/** What a target can be given: in the order of the file, each name once. */
export interface BuildOutline {
  readonly name: string | undefined
  readonly description: string
  readonly args: ReadonlyArray<OutlinedArg>
  readonly secrets: ReadonlyArray<OutlinedAccess>
  readonly agents: ReadonlyArray<OutlinedAccess>
}

/** The outline of the stages that a plan has, and of the global arguments that they use, directly or through others. */
export const outline = (dockerfile: Dockerfile, options: PlanOptions, plan: BuildPlan): BuildOutline => {
  const globals = globalArgs(dockerfile, options)
  const used = new Set<string>()
  const args: Array<OutlinedArg> = []
  for (const { index, steps } of plan.stages) {
    const stage = dockerfile.stages[index]
    if (stage === undefined) continue
    for (const word of [stage.from.image, stage.from.platform])
      for (const name of namesIn(word?.text ?? "", dockerfile)) used.add(name)
    const written = steps.filter((step) => step.number !== undefined)
    stage.instructions.forEach((instruction, place) => {
      if (instruction._tag !== "Arg") return
      const values = new Map(written[place]?.buildArgs)
      for (const { name, value } of instruction.definitions)
        if (value === undefined && !Object.hasOwn(options.buildArgs, name.text) && globals.has(name.text))
          used.add(name.text)
        else
          args.push({
            name: name.text,
            value: values.get(name.text) ?? "",
            description: Targets.describe(instruction.comments, name.text),
            range: instruction.range
          })
    })
  }
  const target = dockerfile.stages[plan.target]
  const steps = plan.stages.flatMap((stage) => stage.steps)
  return {
    name: target?.name,
    description: Targets.describe(target?.from.comments ?? [], target?.name ?? ""),
    args: once([...reached(globals, used), ...args], (arg) => arg.name),
    secrets: once(steps.flatMap(accesses("Secret")), (access) => access.id),
    agents: once(steps.flatMap(accesses("Ssh")), (access) => access.id)
  }
}

interface GlobalArg extends OutlinedArg {
  /** The names that its default mentions. */
  readonly mentions: ReadonlySet<string>
}

const globalArgs = (dockerfile: Dockerfile, options: PlanOptions): ReadonlyMap<string, GlobalArg> => {
  const found = new Map<string, GlobalArg>()
  for (const { definitions, comments, range } of dockerfile.metaArgs)
    for (const { name, value } of definitions) {
      const written = value?.text ?? ""
      const lookup = (other: string) => found.get(other)?.value
      const byDefault = WordExpansion.expand(written, lookup, { escape: dockerfile.escape })
      found.set(name.text, {
        name: name.text,
        value:
          options.buildArgs[name.text] ??
          Either.match(byDefault, { onLeft: () => "", onRight: ({ text }) => text }),
        description: Targets.describe(comments, name.text),
        range,
        mentions: namesIn(written, dockerfile)
      })
    }
  return found
}

const namesIn = (text: string, { escape: escapeChar }: Dockerfile): ReadonlySet<string> =>
  Either.match(
    WordExpansion.expand(text, () => undefined, { escape: escapeChar }),
    { onLeft: () => new Set<string>(), onRight: ({ unmatched }) => unmatched }
  )

/** The used arguments, those that their defaults mention, and so on. */
const reached = (
  globals: ReadonlyMap<string, GlobalArg>,
  used: ReadonlySet<string>
): ReadonlyArray<OutlinedArg> => {
  const names = new Set(used)
  // A set grows while it is walked: what is added is visited too.
  for (const name of names) for (const mentioned of globals.get(name)?.mentions ?? []) names.add(mentioned)
  return [...globals.values()].flatMap(({ mentions: _, ...arg }) => (names.has(arg.name) ? [arg] : []))
}

const accesses =
  (tag: "Secret" | "Ssh") =>
  ({ operation, range }: Step): ReadonlyArray<OutlinedAccess> =>
    operation._tag !== "Exec"
      ? []
      : operation.mounts.flatMap((mount) =>
          mount._tag === tag ? [{ id: mount.id, isRequired: mount.required, range }] : []
        )

/** The first of each name, in the order of the file. */
const once = <A extends { readonly range: SourceRange }>(
  list: ReadonlyArray<A>,
  nameOf: (one: A) => string
): ReadonlyArray<A> => {
  const found = new Map<string, A>()
  for (const one of list) if (!found.has(nameOf(one))) found.set(nameOf(one), one)
  return [...found.values()].sort((a, b) => a.range.start.line - b.range.start.line)
}
