import * as Either from "effect/Either"
import * as IgnoreFile from "./IgnoreFile.js"

/** The line of an ignore file that decided. */
export interface IgnoreReason {
  /** From 1. */
  readonly line: number
  /** As written, without blanks around. */
  readonly pattern: string
}

/** Which line hides a path; undefined where it is visible. Later lines win, so it is the last that turned the decision. */
export const hides = (text: string, path: string): IgnoreReason | undefined => {
  const patterns: Array<string> = []
  let reason: IgnoreReason | undefined
  for (const [index, line] of text.split("\n").entries()) {
    const read = IgnoreFile.read(index === 0 ? line : line.replace(/^\ufeff/, ""))
    if (read.length === 0) continue
    patterns.push(...read)
    const matcher = Either.getOrUndefined(IgnoreFile.compile(patterns))
    if (matcher === undefined) return reason
    const isHidden = IgnoreFile.isExcluded(matcher, path)
    if (!isHidden) reason = undefined
    else if (reason === undefined) reason = { line: index + 1, pattern: line.trim() }
  }
  return reason
}
