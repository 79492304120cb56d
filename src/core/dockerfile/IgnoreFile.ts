import * as Data from "effect/Data"
import * as Either from "effect/Either"
import { trim } from "./Blank.js"
import { clean } from "./CleanPath.js"
import * as IgnorePattern from "./IgnorePattern.js"
import { quoted } from "./Quoted.js"

/** A pattern that no path can be compared with. The message is ready for the user. */
export class IgnoreError extends Data.TaggedError("IgnoreError")<{
  readonly message: string
  readonly pattern: string
}> {}

/**
 * The patterns of a `.dockerignore`, cleaned: comments (`#` in the first column), blanks around, empty lines and
 * the leading slash are gone; `!` stays in front. Source: Docker's build context documentation.
 */
export const read = (text: string): ReadonlyArray<string> => {
  const patterns: Array<string> = []
  for (const line of text.replace(/^\ufeff/, "").split("\n")) {
    const pattern = trim(line)
    if (pattern === "" || line.startsWith("#")) continue
    patterns.push(pattern.startsWith("!") ? `!${relative(trim(pattern.slice(1)))}` : relative(pattern))
  }
  return patterns
}

const relative = (pattern: string): string => {
  if (pattern === "") return ""
  const cleaned = clean(pattern)
  return cleaned.length > 1 && cleaned.startsWith("/") ? cleaned.slice(1) : cleaned
}

/** Patterns ready to be compared with any number of paths. */
export interface IgnoreMatcher {
  readonly patterns: ReadonlyArray<IgnorePattern.IgnorePattern>
  readonly hasExceptions: boolean
}

/** The matcher of no patterns: nothing is excluded. */
export const nothing: IgnoreMatcher = { patterns: [], hasExceptions: false }

/** Compiles patterns in their order; later ones win. */
export const compile = (patterns: Iterable<string>): Either.Either<IgnoreMatcher, IgnoreError> => {
  const compiled: Array<IgnorePattern.IgnorePattern> = []
  for (const raw of patterns) {
    const trimmed = trim(raw)
    if (trimmed === "") continue
    const pattern = clean(trimmed)
    if (pattern === "!")
      return Either.left(new IgnoreError({ message: 'illegal exclusion pattern: "!"', pattern }))
    const isException = pattern.startsWith("!")
    const one = IgnorePattern.compile(isException ? pattern.slice(1) : pattern, isException)
    if (one === undefined)
      return Either.left(new IgnoreError({ message: `syntax error in pattern: ${quoted(pattern)}`, pattern }))
    compiled.push(one)
  }
  return Either.right({ patterns: compiled, hasExceptions: compiled.some((one) => one.isException) })
}

/**
 * A place in a walk through a tree, so that no ancestor is compared twice: `at` the root, then {@link enter}
 * for each name on the way down.
 */
export interface Place {
  readonly path: string
  /** Left out of the context, by itself or with an ancestor. */
  readonly isExcluded: boolean
  /** For each pattern: does it match this path or an ancestor? */
  readonly matched: ReadonlyArray<boolean>
}

/** The root of a context, which is never excluded. */
export const root = (matcher: IgnoreMatcher): Place => ({
  path: "",
  isExcluded: false,
  matched: matcher.patterns.map(() => false)
})

/** The entry of this name in the directory `parent`. */
export const enter = (matcher: IgnoreMatcher, parent: Place, name: string): Place => {
  const path = parent.path === "" ? name : `${parent.path}/${name}`
  let isExcluded = false
  const matched = matcher.patterns.map((pattern, index) => {
    const found = parent.matched[index] === true || IgnorePattern.matches(pattern, path)
    if (found) isExcluded = !pattern.isException
    return found
  })
  return { path, isExcluded, matched }
}

/**
 * True if the path is left out: the last pattern that matches it or one of its ancestors decides. The root itself
 * is never left out. For whole trees {@link enter} is faster.
 */
export const isExcluded = (matcher: IgnoreMatcher, path: string): boolean => {
  const cleaned = clean(path)
  if (cleaned === "." || matcher.patterns.length === 0) return false
  return cleaned.split("/").reduce((place, name) => enter(matcher, place, name), root(matcher)).isExcluded
}

/**
 * Could anything below this excluded directory still be part of the context? False means that a walk may skip it.
 * May err on the side of true.
 */
export const mayIncludeBelow = (matcher: IgnoreMatcher, directory: Place): boolean =>
  !directory.isExcluded ||
  (matcher.hasExceptions &&
    matcher.patterns.some(
      (pattern) => pattern.isException && IgnorePattern.mayMatchBelow(pattern, directory.path)
    ))
