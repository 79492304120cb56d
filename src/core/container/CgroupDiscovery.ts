import type { CgroupHierarchy, CgroupLayout } from "./CgroupSettings.js"
import { withoutEscapes } from "./MountInfo.js"

/** One line of /proc/PID/mountinfo that matters here. Source: proc_pid_mountinfo(5). */
interface CgroupFileSystem {
  readonly version: 1 | 2
  readonly mountPoint: string
  /** v1: controllers, and `name=…` of a hierarchy without any. */
  readonly controllers: ReadonlyArray<string>
}

const generic = new Set(["rw", "ro", "relatime", "xattr", "clone_children", "noprefix", "nsdelegate"])

const fileSystems = (mountinfo: string): ReadonlyArray<CgroupFileSystem> =>
  mountinfo.split("\n").flatMap((line): ReadonlyArray<CgroupFileSystem> => {
    const [mount = "", fileSystem = ""] = line.split(" - ")
    const [type, , options = ""] = fileSystem.split(" ")
    const mountPoint = withoutEscapes(mount.split(" ")[4] ?? "")
    if (type === "cgroup2") return [{ version: 2, mountPoint, controllers: [] }]
    if (type !== "cgroup") return []
    const controllers = options
      .split(",")
      .filter((option) => !generic.has(option) && !/^(?:release_agent|cpuset_v2_mode)/.test(option))
    return [{ version: 1, mountPoint, controllers }]
  })

/** The cgroups that a process is in, by hierarchy (the controllers as in v1's list; "" for v2). Source: cgroups(7). */
const memberships = (cgroup: string): ReadonlyMap<string, string> =>
  new Map(
    cgroup.split("\n").flatMap((line) => {
      const [, controllers, ...path] = line.split(":")
      return controllers === undefined ? [] : [[controllers, path.join(":")] as const]
    })
  )

const join = (mountPoint: string, path: string): string =>
  path === "/" ? mountPoint : `${mountPoint}${path}`

/** Where containers' cgroups are made: in one of the engine's own below the root, or below the caller's own. */
export type Place = "below the root" | "below the caller"

/**
 * How a host has cgroups, from its mountinfo and the engine's membership (the texts of /proc/self/mountinfo and
 * /proc/self/cgroup). A v1 hierarchy with controllers makes it v1, as in systemd's hybrid set-up. v2's controllers are not
 * told here.
 */
export const discover = (mountinfo: string, cgroup: string, place: Place): CgroupLayout => {
  const mounted = fileSystems(mountinfo)
  const member = memberships(cgroup)
  const parentOf = (mountPoint: string, hierarchy: string) =>
    place === "below the root" ? `${mountPoint}/kasane` : join(mountPoint, member.get(hierarchy) ?? "/")
  const first = mounted.filter((one) => one.version === 1 && one.controllers.length > 0)
  if (first.some((one) => one.controllers.some((controller) => !controller.startsWith("name=")))) {
    const hierarchies = first.map(
      ({ controllers, mountPoint }): CgroupHierarchy => ({
        controllers,
        mountPoint,
        parent: parentOf(mountPoint, hierarchyOf(member, controllers))
      })
    )
    return { _tag: "V1", hierarchies }
  }
  const unified = mounted.find((one) => one.version === 2)
  return unified === undefined
    ? { _tag: "None" }
    : {
        _tag: "V2",
        mountPoint: unified.mountPoint,
        parent: parentOf(unified.mountPoint, ""),
        controllers: []
      }
}

/** The membership's name of a hierarchy: the same controllers, in whatever order. */
const hierarchyOf = (member: ReadonlyMap<string, string>, controllers: ReadonlyArray<string>): string =>
  [...member.keys()].find((key) => key.split(",").some((name) => controllers.includes(name))) ?? ""

/** Where containers' v2 groups can be made by who is not the host's root, and whether controllers can be passed down to them. */
export interface Delegated {
  /** Absolute; made when it is missing. */
  readonly parent: string
  /** The group that was handed over; its controllers are what limits can be made of. */
  readonly top: string
  /** No group with processes in it passes a controller down: the caller's own may hold containers, and freeze and kill them, but not limit them. */
  readonly limits: boolean
}

/**
 * Looks for the topmost group above the caller's that `isOurs` (whose files the caller may write): systemd hands `user@1000.service` to a user's own
 * manager, and what runs under that may be moved within it. `own` is the caller's group, an absolute host path. Source: the kernel's cgroup-v2.rst, "Delegation
 * Containment" and "No Internal Process Constraint".
 */
export const delegated = (
  mountPoint: string,
  own: string,
  isOurs: (group: string) => boolean
): Delegated | undefined => {
  const names = own.slice(mountPoint.length).split("/").filter(Boolean)
  const groups = names.map((_, index) => `${mountPoint}/${names.slice(0, index + 1).join("/")}`)
  const top = [mountPoint, ...groups].find(isOurs)
  if (top === undefined) return undefined
  return top === own ? { parent: own, top, limits: false } : { parent: `${top}/kasane`, top, limits: true }
}
