import * as Either from "effect/Either"
import type { Abi } from "../../../../src/core/container/seccomp/Abi.js"
import * as AbiTable from "../../../../src/core/container/seccomp/Abi.js"
import * as Bpf from "../../../../src/core/container/seccomp/Bpf.js"
import type { Condition, Policy } from "../../../../src/core/container/seccomp/Profile.js"

/** Values around every constant of a policy, in both words: one for each way that a comparison can go. */
const interesting = (conditions: ReadonlyArray<Condition>): ReadonlyArray<bigint> => {
  const constants = conditions.flatMap(({ value, valueTwo }) => [value, valueTwo])
  const near = [0n, ...constants].flatMap((value) => [value - 1n, value, value + 1n, ~value])
  const wide = near.flatMap((value) => [
    value,
    value ^ (1n << 32n),
    value | (0xffffffffn << 32n),
    value & 0xffffffffn
  ])
  return [...new Set(wide.map((value) => BigInt.asUintN(64, value)))]
}

/** All combinations for the arguments that a call's conditions look at. */
const argumentLists = (conditions: ReadonlyArray<Condition>): ReadonlyArray<ReadonlyArray<bigint>> => {
  const indexes = [...new Set(conditions.map((condition) => condition.index))]
  return indexes.reduce<ReadonlyArray<ReadonlyArray<bigint>>>(
    (lists, index) => {
      const values = interesting(conditions.filter((condition) => condition.index === index))
      return lists.flatMap((list) => values.map((value) => list.with(index, value)))
    },
    [[0n, 0n, 0n, 0n, 0n, 0n]]
  )
}

const numbersOf = (abi: Abi): ReadonlyArray<number> => {
  const base = abi === "x32" ? AbiTable.x32Bit : 0
  const dense = Array.from({ length: 700 }, (_, index) => base + index)
  // Beside the dense part: ARM's private calls, the edges of x32, and -1, which tracers use to skip a call.
  const odd = [983040, 983041, 983045, 983046, 983047, 0x3fffffff, 0x7fffffff, 0x80000000, 0xfffffffe]
  return [...dense, ...odd]
}

/** Every call whose verdict the policy could tell apart: all numbers of all ABIs, arguments around every constant. */
export function* calls(policy: Policy): Generator<Bpf.Call> {
  for (const abi of policy.abis) {
    const { audit } = AbiTable.facts[abi]
    const names = new Map([...AbiTable.facts[abi].calls()].map(([name, number]) => [number, name]))
    for (const number of numbersOf(abi)) {
      const name = names.get(number)
      const conditions = policy.rules
        .filter((rule) => name !== undefined && rule.names.includes(name))
        .flatMap((rule) => rule.conditions)
      for (const args of argumentLists(conditions)) yield { audit, number, args }
    }
  }
  // MIPS: no policy lists it.
  yield { audit: 0x40000008, number: 1, args: [] }
}

/** The calls, as text, that two programs answer differently; at most ten. */
export const differences = (
  policy: Policy,
  left: ReadonlyArray<Bpf.Instruction>,
  right: ReadonlyArray<Bpf.Instruction>
): { readonly compared: number; readonly differing: ReadonlyArray<string> } => {
  const differing: Array<string> = []
  let compared = 0
  for (const call of calls(policy)) {
    compared += 1
    const [mine, theirs] = [left, right].map((program) => Either.merge(Bpf.interpret(program, call)))
    if (mine === theirs || differing.length === 10) continue
    differing.push(
      `${call.audit.toString(16)} ${call.number} (${call.args.map((arg) => arg.toString(16)).join(", ")}): ${mine?.toString(16)} and ${theirs?.toString(16)}`
    )
  }
  return { compared, differing }
}

const holds = (condition: Condition, argument: bigint): boolean => {
  const { operator, value, valueTwo } = condition
  switch (operator) {
    case "NE":
      return argument !== value
    case "LT":
      return argument < value
    case "LE":
      return argument <= value
    case "EQ":
      return argument === value
    case "GE":
      return argument >= value
    case "GT":
      return argument > value
    case "MASKED_EQ":
      return (argument & value) === valueTwo
  }
}

/** Narrow ABIs look at the low word of everything. */
const cut = (condition: Condition): Condition => ({
  ...condition,
  value: condition.value & 0xffffffffn,
  valueTwo: condition.valueTwo & 0xffffffffn
})

/**
 * The verdict of a policy by its definition: no rule without conditions, then the first whose conditions all hold.
 * Gives a function of calls, as reading the tables takes a while.
 */
export const byArithmetic = (policy: Policy): ((call: Bpf.Call) => number) => {
  const tables = new Map(policy.abis.map((abi) => [abi, AbiTable.facts[abi].calls()] as const))
  return (call) => {
    const native = policy.abis.find((abi) => AbiTable.facts[abi].audit === call.audit && abi !== "x32")
    const abi = native === "x86_64" && call.number >= AbiTable.x32Bit ? "x32" : native
    const calls = abi === undefined ? undefined : tables.get(abi)
    if (abi === undefined || calls === undefined) return 0
    const { narrow } = AbiTable.facts[abi]
    const rules = policy.rules.filter((rule) => rule.names.some((name) => calls.get(name) === call.number))
    const verdict = [...rules.filter((rule) => rule.conditions.length === 0), ...rules].find((rule) =>
      rule.conditions.every((condition) => {
        const argument = call.args[condition.index] ?? 0n
        return narrow ? holds(cut(condition), argument & 0xffffffffn) : holds(condition, argument)
      })
    )?.verdict
    return verdict ?? policy.defaultVerdict
  }
}

/** About `limit` of the calls that matter to a policy, spread evenly. */
export const someCalls = (policy: Policy, limit: number): ReadonlyArray<Bpf.Call> => {
  const all: Array<Bpf.Call> = []
  for (const abi of policy.abis) {
    const { audit, calls } = AbiTable.facts[abi]
    const table = calls()
    for (const rule of policy.rules) {
      const number = table.get(rule.names[0] ?? "") ?? 0
      const conditions = policy.rules.filter((other) => other.names[0] === rule.names[0])
      const lists = argumentLists(conditions.flatMap((other) => other.conditions).slice(0, 4))
      for (const args of [...lists.slice(0, 200), ...lists.slice(-200)]) all.push({ audit, number, args })
      all.push({ audit, number: number + 1, args: [] }, { audit, number: Math.max(0, number - 1), args: [] })
    }
  }
  const step = Math.max(1, Math.floor(all.length / limit))
  return all.filter((_, index) => index % step === 0)
}
