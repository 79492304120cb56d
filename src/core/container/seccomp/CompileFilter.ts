import type * as Either from "effect/Either"
import type { Abi } from "./Abi.js"
import * as AbiTable from "./Abi.js"
import * as Bpf from "./Bpf.js"
import type { Alternative } from "./CompileConditions.js"
import * as CompileConditions from "./CompileConditions.js"
import type { Builder, Node } from "./DecisionGraph.js"
import * as DecisionGraph from "./DecisionGraph.js"
import type { Policy } from "./Profile.js"
import * as Verdict from "./Verdict.js"

/** From this number on (up to the next range) a filter goes on at the node. */
interface Range {
  readonly from: number
  readonly node: Node
}

/** What applies to each number of an ABI, in the order of the rules; names that it does not have are passed over. */
const alternativesOf = (policy: Policy, abi: Abi): ReadonlyMap<number, ReadonlyArray<Alternative>> => {
  const calls = AbiTable.facts[abi].calls()
  const found = new Map<number, Array<Alternative>>()
  const add = (number: number, alternative: Alternative) => {
    const known = found.get(number)
    if (known === undefined) found.set(number, [alternative])
    else known.push(alternative)
  }
  for (const { names, conditions, verdict } of policy.rules) {
    for (const name of names) {
      const number = calls.get(name)
      if (number !== undefined) add(number, { conditions, verdict })
      const multiplexed =
        abi === "x86" && conditions.length === 0 ? AbiTable.socketCalls.get(name) : undefined
      if (multiplexed === undefined) continue
      const chosen = { index: 0, operator: "EQ" as const, value: BigInt(multiplexed), valueTwo: 0n }
      add(AbiTable.socketcallNumber, { conditions: [chosen], verdict })
    }
  }
  return found
}

/** A rule without conditions outweighs those with, as in libseccomp; the first of a kind counts. */
const decisive = (alternatives: ReadonlyArray<Alternative>): ReadonlyArray<Alternative> => {
  const unconditional = alternatives.find((alternative) => alternative.conditions.length === 0)
  return unconditional === undefined ? alternatives : [unconditional]
}

/** Neighbours with one outcome are one range. */
const rangesOf = (graph: Builder, policy: Policy, abi: Abi, start: number): ReadonlyArray<Range> => {
  const { narrow } = AbiTable.facts[abi]
  const fallback = graph.verdict(policy.defaultVerdict)
  const ranges: Array<Range> = [{ from: start, node: fallback }]
  const goOn = (from: number, node: Node) => {
    const last = ranges.at(-1)
    if (last?.from === from) ranges.pop()
    if (ranges.at(-1)?.node !== node) ranges.push({ from, node })
  }
  for (const [number, alternatives] of [...alternativesOf(policy, abi)].sort(
    ([left], [right]) => left - right
  )) {
    goOn(number, CompileConditions.compile(graph, decisive(alternatives), policy.defaultVerdict, narrow))
    goOn(number + 1, fallback)
  }
  return ranges
}

/** Binary search over the ranges; a single number amid one outcome costs one test. */
const search = (graph: Builder, ranges: ReadonlyArray<Range>, first: number, last: number): Node => {
  const left = ranges[first]
  const right = ranges[last]
  if (left === undefined || right === undefined) return graph.verdict(Verdict.killThread)
  if (first === last) return left.node
  const inner = ranges[first + 1]
  if (
    last === first + 2 &&
    left.node === right.node &&
    inner !== undefined &&
    right.from === inner.from + 1
  ) {
    return graph.test("equal", inner.from, inner.node, left.node)
  }
  const middle = (first + last + 1) >> 1
  const from = ranges[middle]?.from ?? 0
  return graph.test(
    "greaterOrEqual",
    from,
    search(graph, ranges, middle, last),
    search(graph, ranges, first, middle - 1)
  )
}

const byNumber = (graph: Builder, policy: Policy, abi: Abi, start: number): Node => {
  const ranges = rangesOf(graph, policy, abi, start)
  return search(graph, ranges, 0, ranges.length - 1)
}

/** The decision for one value of `seccomp_data.arch`. */
const section = (graph: Builder, policy: Policy, abi: Abi): Node => {
  const native = byNumber(graph, policy, abi, 0)
  if (abi !== "x86_64") return graph.load(Bpf.offsets.number, native)
  const x32 = policy.abis.includes("x32")
    ? byNumber(graph, policy, "x32", AbiTable.x32Bit)
    : graph.verdict(Verdict.killThread)
  return graph.load(Bpf.offsets.number, graph.test("greaterOrEqual", AbiTable.x32Bit, x32, native))
}

/**
 * The filter of a policy: the ABI is checked first (one that the policy does not list kills), then the number is
 * searched for in a balanced tree, then arguments are compared. A call costs about ten instructions instead of the hundreds of a
 * linear list. Left when the kernel's limit of 4096 instructions does not suffice.
 */
export const compile = (policy: Policy): Either.Either<ReadonlyArray<Bpf.Instruction>, "TooLarge"> => {
  const graph = DecisionGraph.builder()
  const sections = policy.abis.filter((abi) => abi !== "x32" || !policy.abis.includes("x86_64"))
  const root = sections.reduceRight(
    (otherwise, abi) =>
      graph.test("equal", AbiTable.facts[abi].audit, section(graph, policy, abi), otherwise),
    graph.verdict(Verdict.killThread)
  )
  return DecisionGraph.layOut(graph.load(Bpf.offsets.architecture, root))
}
