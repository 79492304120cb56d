import * as fs from "node:fs"
import * as path from "node:path"
import { type BuildCase, directory } from "./BuildCase.js"

/**
 * What Docker made of a case: expected.txt, whose first lines name the engines that it is from, and those known to
 * make something else (an older builder that lacks the feature, mostly).
 */
export interface Expected {
  readonly from: ReadonlyArray<string>
  readonly notFrom: ReadonlyArray<string>
  readonly text: string
}

const fileOf = ({ name }: BuildCase): string => path.join(directory, name, "expected.txt")

const listed = (line: string | undefined): ReadonlyArray<string> =>
  (line?.split(":")[1] ?? "").split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]))

export const read = (item: BuildCase): Expected | undefined => {
  if (!fs.existsSync(fileOf(item))) return undefined
  const lines = fs.readFileSync(fileOf(item), "utf8").trimEnd().split("\n")
  return {
    from: listed(lines.find((line) => line.startsWith("# from:"))),
    notFrom: listed(lines.find((line) => line.startsWith("# not from:"))),
    text: lines.filter((line) => !line.startsWith("# ")).join("\n")
  }
}

const write = (item: BuildCase, { from, notFrom, text }: Expected): void =>
  fs.writeFileSync(
    fileOf(item),
    [
      `# from: ${[...from].sort().join(", ")}`,
      ...(notFrom.length > 0 ? [`# not from: ${[...notFrom].sort().join(", ")}`] : []),
      text,
      ""
    ].join("\n")
  )

/** Failures are worded by each builder in its own way: that it fails is what counts. */
const isFailure = (text: string): boolean => text.startsWith("fails")

/** The lines that only one of the two has: of what Docker made, and of what was made now. */
export const change = (item: BuildCase, text: string): ReadonlyArray<string> => {
  const expected = read(item)?.text ?? "nothing is recorded"
  if (isFailure(expected) && isFailure(text)) return []
  const [recorded, made] = [expected.split("\n"), text.split("\n")]
  return [
    ...recorded.filter((line) => !made.includes(line)).map((line) => `only recorded: ${line}`),
    ...made.filter((line) => !recorded.includes(line)).map((line) => `only now: ${line}`)
  ]
}

/** The same without what the case's known differences explain. */
export const difference = (item: BuildCase, text: string): ReadonlyArray<string> => {
  const known = Object.keys(item.differences).map((pattern) => new RegExp(pattern))
  return change(item, text).filter((line) => !known.some((pattern) => pattern.test(line)))
}

/** Whether what an engine makes now has to be what is recorded. */
export const binds = (item: BuildCase, engine: string): boolean => read(item)?.from.includes(engine) ?? false

/** Keeps what an engine made: as the record where there is none or the engine is the one to follow, else as one more witness. */
export const record = (item: BuildCase, engine: string, isToFollow: boolean, text: string): void => {
  const before = read(item)
  // A frontend that lacks the flag is no witness.
  if (before !== undefined && /unknown flag/.test(text)) return
  const without = (names: ReadonlyArray<string> = []) => names.filter((name) => name !== engine)
  const isSame = before !== undefined && (before.text === text || (isFailure(before.text) && isFailure(text)))
  if (isSame)
    write(item, { ...before, from: [...without(before.from), engine], notFrom: without(before.notFrom) })
  else if (before === undefined || isToFollow) write(item, { from: [engine], notFrom: [], text })
  else write(item, { ...before, from: without(before.from), notFrom: [...without(before.notFrom), engine] })
}
