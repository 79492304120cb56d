import * as Either from "effect/Either"
import type { IdMapping, Namespace, Namespaces, UserNamespace } from "../Namespace.js"
import * as Reason from "../Reason.js"
import type { Linux } from "./BundleConfig.js"
import { type InvalidBundle, invalid, unsupported } from "./InvalidBundle.js"

const kinds = ["user", "pid", "network", "ipc", "uts", "cgroup"] as const

/** Who runs the runtime, as far as new user namespaces are concerned. */
export interface IdWriter {
  /** Whether `newuidmap` has to write maps, because the caller is an ordinary user with subordinate ids. */
  readonly writer: "helpers" | "direct"
  /** Whether the caller is root (of its own user namespace, at least). */
  readonly isRoot: boolean
}

const mappings = (map: Linux["uidMappings"]): ReadonlyArray<IdMapping> =>
  (map ?? []).map(({ containerID, hostID, size }) => ({ inside: containerID, outside: hostID, size }))

/** Why a combination is not allowed, if it is not. */
const refusal = (linux: Linux): InvalidBundle | undefined => {
  const types = (linux.namespaces ?? []).map(({ type }) => type)
  const twice = types.find((type, index) => types.indexOf(type) !== index)
  if (twice !== undefined) return invalid("linux.namespaces", `${twice} is there more than once`)
  const unknown = types.find(
    (type) => type !== "mount" && type !== "time" && !kinds.some((kind) => kind === type)
  )
  if (unknown !== undefined) return invalid("linux.namespaces", `unknown type ${JSON.stringify(unknown)}`)
  if (types.includes("time") || Object.keys(linux.timeOffsets ?? {}).length > 0)
    return unsupported("linux.namespaces", "time namespaces")
  const mount = (linux.namespaces ?? []).find(({ type }) => type === "mount")
  if (mount === undefined) return unsupported("linux.namespaces", "a container without a mount namespace")
  if (mount.path) return unsupported("linux.namespaces", "joining a mount namespace")
  const mapped = mappings(linux.uidMappings).length > 0 || mappings(linux.gidMappings).length > 0
  if (mapped && !types.includes("user"))
    return invalid("linux.uidMappings", "there is no new user namespace to map ids in")
  return undefined
}

const user = (
  linux: Linux,
  reason: Reason.Reason,
  { writer, isRoot }: IdWriter
): Either.Either<UserNamespace, InvalidBundle> => {
  const [uidMap, gidMap] = [mappings(linux.uidMappings), mappings(linux.gidMappings)]
  if (uidMap.length === 0 || gidMap.length === 0)
    return Either.left(invalid("linux.uidMappings", "a new user namespace needs user and group ids"))
  return Either.right({
    _tag: "New",
    uidMap,
    gidMap,
    writer: isRoot ? "direct" : writer,
    denySetgroups: !isRoot && writer === "direct",
    reason
  })
}

/** The namespaces of a bundle: those that it lists are new, or joined where it gives a path; the others are the runtime's own. */
export const resolve = (linux: Linux, ids: IdWriter): Either.Either<Namespaces, InvalidBundle> =>
  Either.gen(function* () {
    const fault = refusal(linux)
    if (fault !== undefined) return yield* Either.left(fault)
    const find = (kind: (typeof kinds)[number]): Namespace => {
      const listed = (linux.namespaces ?? []).find(({ type }) => type === kind)
      const reason = Reason.flag(`linux.namespaces of the bundle: ${kind}`)
      if (listed === undefined) return { _tag: "Host", reason: Reason.policy("not listed in the bundle") }
      return listed.path ? { _tag: "Path", path: listed.path, reason } : { _tag: "New", reason }
    }
    const found = find("user")
    return {
      user: found._tag === "New" ? yield* user(linux, found.reason, ids) : found,
      pid: find("pid"),
      network: find("network"),
      ipc: find("ipc"),
      uts: find("uts"),
      cgroup: find("cgroup")
    }
  })
