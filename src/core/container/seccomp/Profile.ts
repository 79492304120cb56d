import type { Capability } from "../Capability.js"
import type { Abi } from "./Abi.js"
import type { Verdict } from "./Verdict.js"

/** A test of one of the six arguments, as an unsigned 64-bit number. */
export interface Condition {
  readonly index: number
  readonly operator: "NE" | "LT" | "LE" | "EQ" | "GE" | "GT" | "MASKED_EQ"
  /** What is compared with; for MASKED_EQ the mask. */
  readonly value: bigint
  /** For MASKED_EQ what the masked argument must be. */
  readonly valueTwo: bigint
}

/** Where a rule applies: all that is present must hold. */
export interface Scope {
  readonly capabilities?: ReadonlyArray<Capability>
  /** Go's and Docker's names of the native architecture: `amd64`, `arm64`. */
  readonly arches?: ReadonlyArray<string>
  readonly minKernel?: readonly [major: number, minor: number]
}

/** One verdict for some calls, when all conditions hold. */
export interface Rule {
  readonly names: ReadonlyArray<string>
  readonly verdict: Verdict
  readonly conditions: ReadonlyArray<Condition>
  readonly includes: Scope
  readonly excludes: Scope
}

/** A seccomp profile as people write it, with Docker's additions to the OCI form. */
export interface Profile {
  readonly defaultVerdict: Verdict
  /** SECCOMP_FILTER_FLAG_* bits. */
  readonly flags: number
  /** Fixed list of ABIs; empty when `archMap` decides. */
  readonly architectures: ReadonlyArray<Abi>
  readonly archMap: ReadonlyArray<{
    readonly architecture: Abi
    readonly subArchitectures: ReadonlyArray<Abi>
  }>
  readonly rules: ReadonlyArray<Rule>
}

/** What decides which rules of a profile apply. */
export interface ProfileFacts {
  readonly architecture: "amd64" | "arm64"
  /** The container's bounding set. */
  readonly capabilities: ReadonlyArray<Capability>
  readonly kernel: readonly [major: number, minor: number]
}

/** The rules that apply to one container, for each ABI that its processes may use. */
export interface Policy {
  readonly defaultVerdict: Verdict
  readonly flags: number
  /** The native one first. */
  readonly abis: ReadonlyArray<Abi>
  readonly rules: ReadonlyArray<Pick<Rule, "names" | "verdict" | "conditions">>
}

const natives = { amd64: "x86_64", arm64: "aarch64" } as const

const reaches = (scope: Scope, facts: ProfileFacts): boolean =>
  scope.minKernel === undefined ||
  facts.kernel[0] > scope.minKernel[0] ||
  (facts.kernel[0] === scope.minKernel[0] && facts.kernel[1] >= scope.minKernel[1])

const included = ({ includes }: Rule, facts: ProfileFacts): boolean =>
  (includes.capabilities ?? []).every((name) => facts.capabilities.includes(name)) &&
  (includes.arches === undefined ||
    includes.arches.length === 0 ||
    includes.arches.includes(facts.architecture)) &&
  reaches(includes, facts)

const excluded = ({ excludes }: Rule, facts: ProfileFacts): boolean =>
  (excludes.capabilities ?? []).some((name) => facts.capabilities.includes(name)) ||
  (excludes.arches ?? []).includes(facts.architecture) ||
  (excludes.minKernel !== undefined && reaches(excludes, facts))

/**
 * Conditions on different arguments hold together; several on one argument are alternatives, as runc and crun read
 * the OCI form.
 */
const alternatives = (rule: Rule): ReadonlyArray<Pick<Rule, "names" | "verdict" | "conditions">> => {
  const { names, verdict, conditions } = rule
  const indexes = new Set(conditions.map((condition) => condition.index))
  return indexes.size === conditions.length
    ? [{ names, verdict, conditions }]
    : conditions.map((condition) => ({ names, verdict, conditions: [condition] }))
}

/** The part of a profile that applies to a container. Source: moby/profiles, setupSeccomp. */
export const select = (profile: Profile, facts: ProfileFacts): Policy => {
  const native = natives[facts.architecture]
  const mapped = profile.archMap.find((entry) => entry.architecture === native)
  const listed = [...profile.architectures, ...(mapped?.subArchitectures ?? [])]
  return {
    defaultVerdict: profile.defaultVerdict,
    flags: profile.flags,
    abis: [native, ...new Set(listed.filter((abi) => abi !== native))],
    rules: profile.rules
      .filter((rule) => included(rule, facts) && !excluded(rule, facts))
      .filter((rule) => rule.verdict !== profile.defaultVerdict)
      .flatMap(alternatives)
  }
}
