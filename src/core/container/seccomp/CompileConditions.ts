import * as Bpf from "./Bpf.js"
import type { Builder, Node, Test } from "./DecisionGraph.js"
import type { Condition, Rule } from "./Profile.js"
import type { Verdict } from "./Verdict.js"

/** A rule of one call: its conditions hold together. */
export type Alternative = Pick<Rule, "conditions" | "verdict">

/** What is known at a point of the program: the word in the accumulator, and what the words so far tested can be. */
interface Known {
  readonly accumulator: number | undefined
  readonly ranges: ReadonlyMap<number, readonly [least: number, most: number]>
}

type Continue = (known: Known) => Node

const full = [0, 0xffffffff] as const

const high = (value: bigint): number => Number((value >> 32n) & 0xffffffffn)
const low = (value: bigint): number => Number(value & 0xffffffffn)

/**
 * The part of a filter that decides one call by its arguments: the first alternative whose conditions all hold gives
 * the verdict, else `otherwise`. A word is loaded once as long as it stays in the accumulator, and a test whose
 * answer earlier ones imply is left out. With `narrow`, arguments count by their low word.
 */
export const compile = (
  graph: Builder,
  alternatives: ReadonlyArray<Alternative>,
  otherwise: Verdict,
  narrow: boolean
): Node => {
  const memo = new Map<string, Node>()

  const test = (kind: Test, word: number, value: number, known: Known, yes: Continue, no: Continue): Node => {
    const [least, most] = known.ranges.get(word) ?? full
    const bound = kind === "greater" ? value + 1 : value
    if (kind === "equal" ? value < least || value > most : most < bound) return no(known)
    if (kind === "equal" ? least === most : least >= bound) return yes(known)
    const narrowed = (range: readonly [number, number]): Known => ({
      accumulator: word,
      ranges: new Map(known.ranges).set(word, range)
    })
    const matched = narrowed(kind === "equal" ? [value, value] : [bound, most])
    const failed = narrowed(
      kind !== "equal"
        ? [least, bound - 1]
        : [value === least ? least + 1 : least, value === most ? most - 1 : most]
    )
    const node = graph.test(kind, value, yes(matched), no(failed))
    return known.accumulator === word ? node : graph.load(word, node)
  }

  const masked = (
    word: number,
    mask: number,
    value: number,
    known: Known,
    yes: Continue,
    no: Continue
  ): Node => {
    if ((mask & value) >>> 0 !== value) return no(known)
    if (mask === 0) return yes(known)
    if (mask === 0xffffffff) return test("equal", word, value, known, yes, no)
    const clobbered: Known = { ...known, accumulator: undefined }
    const node = graph.and(mask, graph.test("equal", value, yes(clobbered), no(clobbered)))
    return known.accumulator === word ? node : graph.load(word, node)
  }

  /** Above, or above and equal, over both words. */
  const above = (kind: Test, condition: Condition, known: Known, yes: Continue, no: Continue): Node => {
    const lower = (at: Known) =>
      test(kind, Bpf.offsets.low(condition.index), low(condition.value), at, yes, no)
    if (narrow) return lower(known)
    const word = Bpf.offsets.high(condition.index)
    const value = high(condition.value)
    return test("greater", word, value, known, yes, (at) => test("equal", word, value, at, lower, no))
  }

  const equal = (condition: Condition, known: Known, yes: Continue, no: Continue): Node => {
    const { index, value } = condition
    const lower = (at: Known) => test("equal", Bpf.offsets.low(index), low(value), at, yes, no)
    return narrow ? lower(known) : test("equal", Bpf.offsets.high(index), high(value), known, lower, no)
  }

  const holds = (condition: Condition, known: Known, yes: Continue, no: Continue): Node => {
    switch (condition.operator) {
      case "EQ":
        return equal(condition, known, yes, no)
      case "NE":
        return equal(condition, known, no, yes)
      case "GT":
        return above("greater", condition, known, yes, no)
      case "GE":
        return above("greaterOrEqual", condition, known, yes, no)
      case "LT":
        return above("greaterOrEqual", condition, known, no, yes)
      case "LE":
        return above("greater", condition, known, no, yes)
      case "MASKED_EQ": {
        const { index, value, valueTwo } = condition
        const lower = (at: Known) => masked(Bpf.offsets.low(index), low(value), low(valueTwo), at, yes, no)
        return narrow
          ? lower(known)
          : masked(Bpf.offsets.high(index), high(value), high(valueTwo), known, lower, no)
      }
    }
  }

  const decide = (rule: number, part: number, known: Known): Node => {
    const alternative = alternatives[rule]
    if (alternative === undefined) return graph.verdict(otherwise)
    const condition = alternative.conditions[part]
    if (condition === undefined) return graph.verdict(alternative.verdict)
    const key = `${rule},${part},${known.accumulator},${[...known.ranges].join(";")}`
    const seen = memo.get(key)
    if (seen !== undefined) return seen
    const node = holds(
      condition,
      known,
      (at) => decide(rule, part + 1, at),
      (at) => decide(rule + 1, 0, at)
    )
    memo.set(key, node)
    return node
  }

  return decide(0, 0, { accumulator: undefined, ranges: new Map() })
}
