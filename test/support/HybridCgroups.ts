import { execFileSync } from "node:child_process"
import * as fs from "node:fs"

/**
 * crun refuses hosts where both versions of cgroups have controllers; giving the only one of version 2 to a hierarchy
 * of version 1 makes it work.
 */
export const settleHybrid = (): void => {
  const controllers = "/sys/fs/cgroup/unified/cgroup.controllers"
  if (!fs.existsSync(controllers) || fs.readFileSync(controllers, "utf8").trim() !== "hugetlb") return
  fs.mkdirSync("/sys/fs/cgroup/hugetlb", { recursive: true })
  execFileSync("mount", ["-t", "cgroup", "-o", "hugetlb", "cgroup", "/sys/fs/cgroup/hugetlb"])
}
