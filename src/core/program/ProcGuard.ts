import type { Mount } from "../container/Mount.js"
import { isAllowed } from "../container/ProcPlaces.js"
import * as Program from "./Program.js"
import { because } from "./Steps.js"
import { landing } from "./Target.js"

const PROC_SUPER_MAGIC = 0x9fa0

const statfs = Program.buffer("file system of a mount", 128)

/**
 * Nothing but another process table covers /proc or a part of it, whatever links an image has on the way to a mount's target: a false /proc
 * would take what is written there for a setting (CVE-2019-16884, CVE-2019-19921).
 */
export const guardProc = (
  mount: Mount,
  source: Program.Result,
  target: Program.Result
): ReadonlyArray<Program.Step> => {
  const isHosts = mount._tag === "Bind" && mount.source === "/proc" && mount.target === "/proc"
  if (isHosts || isAllowed(mount.target)) return []
  const maker = because("mounts", "policy: nothing is mounted over a part of /proc")
  const { call, subtract, fail } = maker
  const name = target.name
  const isProc = (of: Program.Result, yes: string, no: string): ReadonlyArray<Program.Step> => [
    call("fstatfs", [of, statfs]),
    subtract(Program.result(statfs.name), Program.literal(PROC_SUPER_MAGIC), {
      onZero: yes,
      onNegative: no,
      onPositive: no
    })
  ]
  const [refused, fine] = [`${name} is refused`, `${name} is no part of /proc`]
  return [
    ...(mount.target === "/proc" ? isProc(source, fine, refused) : isProc(target, refused, fine)),
    // EPERM
    fail(Program.literal(-1), { label: refused }),
    landing(maker, fine)
  ]
}
