import * as Cgroup from "./Cgroup.js"
import type { ContainerCgroup } from "./CgroupSettings.js"

/** What takes a limit away, by the file that it is in. */
const unlimited: Readonly<Record<string, string>> = {
  "pids.max": "max",
  "memory.max": "max",
  "memory.swap.max": "max",
  "memory.limit_in_bytes": "-1",
  "memory.memsw.limit_in_bytes": "-1",
  "cpu.max": "max 100000",
  "cpu.cfs_quota_us": "-1"
}

const fileOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** Memory and swap together may never be below memory alone, so a limit that grows frees them in the other order. */
const swapFirst = (writes: ReadonlyArray<Cgroup.CgroupWrite>): ReadonlyArray<Cgroup.CgroupWrite> => {
  const isSwap = ({ path }: Cgroup.CgroupWrite) => fileOf(path) === "memory.memsw.limit_in_bytes"
  return [...writes.filter(isSwap), ...writes.filter((write) => !isSwap(write))]
}

const grows = (before: ContainerCgroup, after: ContainerCgroup): boolean => {
  const [old, next] = [before.settings.memorySwap, after.settings.memorySwap]
  return next === undefined || next === -1 || (old !== undefined && old !== -1 && next > old)
}

/**
 * What to write, in order, so that a running container's control group has the limits of `after` where it had those of
 * `before`. Both lie at the same place; what did not change is not written.
 */
export const changes = (
  before: ContainerCgroup,
  after: ContainerCgroup
): ReadonlyArray<Cgroup.CgroupWrite> => {
  const old = Cgroup.plan(before).writes
  const next = Cgroup.plan(after).writes
  const hasIt = (writes: ReadonlyArray<Cgroup.CgroupWrite>, { path, text }: Cgroup.CgroupWrite) =>
    writes.some((one) => one.path === path && one.text === text)
  const lifted = old.flatMap((write) => {
    const text = unlimited[fileOf(write.path)]
    return text === undefined || next.some(({ path }) => path === write.path) ? [] : [{ ...write, text }]
  })
  const changed = [...next.filter((write) => !hasIt(old, write)), ...lifted]
  return grows(before, after) ? swapFirst(changed) : changed
}
