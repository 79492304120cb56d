import type { ContainerSpec } from "./ContainerSpec.js"
import type { Json } from "./RuntimeJson.js"
import type { Abi } from "./seccomp/Abi.js"
import type { Condition } from "./seccomp/Profile.js"
import * as Seccomp from "./seccomp/Seccomp.js"
import * as Verdict from "./seccomp/Verdict.js"

interface Action {
  readonly action: string
  readonly errnoRet: number | undefined
}

const actionOf = (verdict: Verdict.Verdict): Action => {
  const data = verdict & 0xffff
  const plain = (action: string): Action => ({ action, errnoRet: undefined })
  switch (verdict - data) {
    case Verdict.errno(0):
      return { action: "SCMP_ACT_ERRNO", errnoRet: data }
    case Verdict.trace(0):
      return { action: "SCMP_ACT_TRACE", errnoRet: data }
    case Verdict.killProcess:
      return plain("SCMP_ACT_KILL_PROCESS")
    case Verdict.trap:
      return plain("SCMP_ACT_TRAP")
    case Verdict.log:
      return plain("SCMP_ACT_LOG")
    case Verdict.allow:
      return plain("SCMP_ACT_ALLOW")
    default:
      return plain("SCMP_ACT_KILL")
  }
}

const architectures: Readonly<Record<Abi, string>> = {
  x86_64: "SCMP_ARCH_X86_64",
  x86: "SCMP_ARCH_X86",
  x32: "SCMP_ARCH_X32",
  aarch64: "SCMP_ARCH_AARCH64",
  arm: "SCMP_ARCH_ARM"
}

const condition = ({ index, operator, value, valueTwo }: Condition): Json => ({
  index,
  value,
  valueTwo: operator === "MASKED_EQ" ? valueTwo : undefined,
  op: `SCMP_CMP_${operator}`
})

const flagNames = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]

/** `linux.seccomp`: the rules that the container's filter was compiled from, for the runtime to compile itself. */
export const make = (spec: ContainerSpec): Json | undefined => {
  const { seccomp, capabilities } = spec.process
  if (seccomp === undefined) return undefined
  const policy = Seccomp.policyOf(seccomp, spec.architecture, capabilities.bounding)
  if (policy === undefined) return undefined
  const { action, errnoRet } = actionOf(policy.defaultVerdict)
  const flags = flagNames.filter((_, bit) => (policy.flags & (1 << bit)) !== 0)
  return {
    defaultAction: action,
    defaultErrnoRet: errnoRet,
    architectures: policy.abis.map((abi) => architectures[abi]),
    flags: flags.length === 0 ? undefined : flags,
    syscalls: policy.rules.map(({ names, verdict, conditions }) => ({
      names,
      ...actionOf(verdict),
      args: conditions.map(condition)
    }))
  }
}
