import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Capability from "../Capability.js"
import { InvalidValue } from "../InvalidOption.js"
import * as LargeNumbers from "../LargeNumbers.js"
import type { Abi } from "./Abi.js"
import type { Condition, Profile, Rule, Scope } from "./Profile.js"
import * as Verdict from "./Verdict.js"

const nullable = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))
const strings = Schema.Array(Schema.String)
/** Numbers beyond 2^53 arrive as text, see LargeNumbers. */
const word = Schema.Union(Schema.NonNegativeInt, Schema.String.pipe(Schema.pattern(/^\d{1,20}$/)))

const ActionName = Schema.Literal(
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_TRAP",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_LOG"
)

const ScopeJson = Schema.Struct({
  caps: nullable(strings),
  arches: nullable(strings),
  minKernel: nullable(Schema.String)
})

const ConditionJson = Schema.Struct({
  index: Schema.Int.pipe(Schema.between(0, 5)),
  value: word,
  valueTwo: nullable(word),
  op: Schema.Literal(
    "SCMP_CMP_NE",
    "SCMP_CMP_LT",
    "SCMP_CMP_LE",
    "SCMP_CMP_EQ",
    "SCMP_CMP_GE",
    "SCMP_CMP_GT",
    "SCMP_CMP_MASKED_EQ"
  )
})

const RuleJson = Schema.Struct({
  name: nullable(Schema.String),
  names: nullable(strings),
  action: ActionName,
  errnoRet: nullable(Schema.NonNegativeInt),
  args: nullable(Schema.Array(Schema.NullOr(ConditionJson))),
  includes: nullable(ScopeJson),
  excludes: nullable(ScopeJson)
})

const ProfileSchema = Schema.Struct({
  defaultAction: ActionName,
  defaultErrnoRet: nullable(Schema.NonNegativeInt),
  architectures: nullable(strings),
  archMap: nullable(
    Schema.Array(Schema.Struct({ architecture: Schema.String, subArchitectures: nullable(strings) }))
  ),
  flags: nullable(strings),
  syscalls: nullable(Schema.Array(RuleJson))
})

const verdicts: Readonly<Record<typeof ActionName.Type, (data: number) => Verdict.Verdict>> = {
  SCMP_ACT_KILL: () => Verdict.killThread,
  SCMP_ACT_KILL_THREAD: () => Verdict.killThread,
  SCMP_ACT_KILL_PROCESS: () => Verdict.killProcess,
  SCMP_ACT_TRAP: () => Verdict.trap,
  SCMP_ACT_ERRNO: Verdict.errno,
  SCMP_ACT_TRACE: Verdict.trace,
  SCMP_ACT_ALLOW: () => Verdict.allow,
  SCMP_ACT_LOG: () => Verdict.log
}

const abis: Readonly<Record<string, Abi>> = {
  SCMP_ARCH_X86_64: "x86_64",
  SCMP_ARCH_X86: "x86",
  SCMP_ARCH_X32: "x32",
  SCMP_ARCH_AARCH64: "aarch64",
  SCMP_ARCH_ARM: "arm"
}

/** ABIs of other machines are passed over. */
const abisOf = (names: ReadonlyArray<string> | null | undefined): ReadonlyArray<Abi> =>
  (names ?? []).flatMap((name) => (Object.hasOwn(abis, name) ? (abis[name] ?? []) : []))

const flagBits: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4
}

const EPERM = 1

const condition = (json: typeof ConditionJson.Type): Condition => {
  const operator = json.op.slice("SCMP_CMP_".length)
  return {
    index: json.index,
    operator: isOperator(operator) ? operator : "EQ",
    value: BigInt.asUintN(64, BigInt(json.value)),
    valueTwo: BigInt.asUintN(64, BigInt(json.valueTwo ?? 0))
  }
}

const operators = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"] as const
const isOperator = (text: string): text is Condition["operator"] => operators.some((known) => known === text)

const isCapability = (name: string): name is Capability.Capability =>
  Capability.names.some((known) => known === name)

const invalid = (message: string) => Either.left(new InvalidValue({ message }))

const scope = (json: typeof ScopeJson.Type | null | undefined): Either.Either<Scope, InvalidValue> =>
  Either.gen(function* () {
    const capabilities = yield* Either.all(
      (json?.caps ?? []).map((text) => {
        const name = text.replace(/^CAP_/, "")
        return isCapability(name)
          ? Either.right(name)
          : invalid(`unknown capability: ${JSON.stringify(text)}`)
      })
    )
    const kernel = /^(\d+)\.(\d+)$/.exec(json?.minKernel ?? "0.0")
    if (kernel === null) return yield* invalid(`invalid kernel version: ${JSON.stringify(json?.minKernel)}`)
    const minKernel = [Number(kernel[1]), Number(kernel[2])] as const
    return {
      capabilities,
      arches: json?.arches ?? [],
      ...(json?.minKernel !== undefined && json.minKernel !== null && { minKernel })
    }
  })

const rule = (json: typeof RuleJson.Type): Either.Either<Rule, InvalidValue> =>
  Either.gen(function* () {
    const names = json.names ?? []
    if (json.name && names.length > 0) {
      return yield* invalid(
        "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'"
      )
    }
    return {
      names: json.name ? [json.name] : names,
      verdict: verdicts[json.action](json.errnoRet ?? EPERM),
      conditions: (json.args ?? []).flatMap((arg) => (arg === null ? [] : [condition(arg)])),
      includes: yield* scope(json.includes),
      excludes: yield* scope(json.excludes)
    }
  })

/**
 * Reads a profile in Docker's JSON form. Names of calls that no ABI has are kept (and match nothing), as a profile is
 * often newer than the kernel. Source: moby/profiles, seccomp.go; runtime-spec, config-linux.md, "Seccomp".
 */
export const read = (text: string): Either.Either<Profile, InvalidValue> =>
  Either.flatMap(
    Either.mapLeft(Schema.decodeUnknownEither(Schema.parseJson())(LargeNumbers.keep(text)), undecodable),
    decode
  )

const undecodable = (fault: ParseResult.ParseError): InvalidValue =>
  new InvalidValue({
    message: `Decoding seccomp profile failed: ${ParseResult.ArrayFormatter.formatErrorSync(fault)
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
      .join("; ")}`
  })

/** The same of JSON that is parsed already, large numbers kept as text. */
export const decode = (value: unknown): Either.Either<Profile, InvalidValue> =>
  Either.gen(function* () {
    const json = yield* Either.mapLeft(Schema.decodeUnknownEither(ProfileSchema)(value), undecodable)
    if ((json.architectures ?? []).length > 0 && (json.archMap ?? []).length > 0) {
      return yield* invalid(
        "both 'architectures' and 'archMap' are specified in the seccomp profile, use either 'architectures' or 'archMap'"
      )
    }
    return {
      defaultVerdict: verdicts[json.defaultAction](json.defaultErrnoRet ?? EPERM),
      flags: (json.flags ?? []).reduce((bits, name) => bits | (flagBits[name] ?? 0), 0),
      architectures: abisOf(json.architectures),
      archMap: (json.archMap ?? []).flatMap((entry) =>
        abisOf([entry.architecture]).map((architecture) => ({
          architecture,
          subArchitectures: abisOf(entry.subArchitectures)
        }))
      ),
      rules: yield* Either.all((json.syscalls ?? []).map(rule))
    }
  })
