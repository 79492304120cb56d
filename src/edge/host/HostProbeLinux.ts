import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Capability from "../../core/container/Capability.js"
import * as CgroupDiscovery from "../../core/container/CgroupDiscovery.js"
import type { CgroupLayout } from "../../core/container/CgroupSettings.js"
import type { Host, HostDevice, IdMode, PathKind } from "../../core/container/HostFacts.js"
import * as UserIdMaps from "../linux/UserIdMaps.js"
import { HostError, HostProbe } from "./HostProbe.js"
import * as NetworkMeans from "./NetworkMeans.js"

const read = (path: string): string | undefined => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}

const isWritable = (path: string): boolean => {
  try {
    fs.accessSync(path, fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** True in the user namespace that the machine booted with. Source: user_namespaces(7). */
const isFirstUserNamespace = (): boolean =>
  /^\s*0\s+0\s+4294967295\s*$/.test(read("/proc/self/uid_map") ?? "")

const idMode = (): IdMode => {
  const uid = os.userInfo().uid
  if (uid === 0) return isFirstUserNamespace() ? { _tag: "Same" } : { _tag: "Inherited" }
  const { uidMap, gidMap, writer } = UserIdMaps.ofThisUser()
  return { _tag: "Own", uidMap, gidMap, writer, denySetgroups: writer === "direct" }
}

const controllersOf = (group: string): ReadonlyArray<string> =>
  (read(`${group}/cgroup.controllers`) ?? "").split(/\s+/).filter((name) => name !== "")

/** Whether groups can be made in a v2 group, and processes moved below it. */
const isOurs = (group: string): boolean =>
  [group, `${group}/cgroup.procs`, `${group}/cgroup.subtree_control`].every(isWritable)

/** Only what the caller may write to is of use. */
const cgroup = (ids: IdMode): CgroupLayout => {
  const found = CgroupDiscovery.discover(
    read("/proc/self/mountinfo") ?? "",
    read("/proc/self/cgroup") ?? "",
    ids._tag === "Same" ? "below the root" : "below the caller"
  )
  switch (found._tag) {
    case "None":
      return found
    case "V1": {
      const usable =
        ids._tag === "Same"
          ? ({ mountPoint }: { mountPoint: string }) => isWritable(mountPoint)
          : ({ parent }: { parent: string }) => isWritable(parent)
      const hierarchies = found.hierarchies.filter(usable)
      return hierarchies.length === 0 ? { _tag: "None" } : { _tag: "V1", hierarchies }
    }
    case "V2": {
      if (ids._tag === "Same")
        return isWritable(found.mountPoint)
          ? { ...found, controllers: controllersOf(found.mountPoint) }
          : { _tag: "None" }
      const place = CgroupDiscovery.delegated(found.mountPoint, found.parent, isOurs)
      if (place === undefined) return { _tag: "None" }
      return { ...found, parent: place.parent, controllers: place.limits ? controllersOf(place.top) : [] }
    }
  }
}

const thermalCpus = (): ReadonlyArray<number> => {
  const root = "/sys/devices/system/cpu"
  return (fs.existsSync(root) ? fs.readdirSync(root) : []).flatMap((name) => {
    const number = /^cpu(\d+)$/.exec(name)?.[1]
    return number !== undefined && fs.existsSync(`${root}/${name}/thermal_throttle`) ? [Number(number)] : []
  })
}

/** The hard limit of a resource in the text of /proc/self/limits. */
const hardLimit = (limits: string, name: string): number => {
  const value = new RegExp(`^${name}\\s+\\S+\\s+(\\S+)`, "m").exec(limits)?.[1]
  return value === undefined || value === "unlimited" ? Number.POSITIVE_INFINITY : Number(value)
}

/** Names in the kernel's list, which only root may read: `docker-default (enforce)`. */
const apparmor = (): ReadonlyArray<string> | undefined => {
  if (read("/sys/module/apparmor/parameters/enabled")?.startsWith("Y") !== true) return undefined
  const list = read("/sys/kernel/security/apparmor/profiles") ?? ""
  return list.split("\n").flatMap((line) => /^(.+) \(\w+\)$/.exec(line)?.[1] ?? [])
}

/** A capability mask of /proc/self/status. */
const capabilities = (status: string, set: "CapBnd" | "CapEff"): ReadonlyArray<Capability.Capability> =>
  Capability.fromMask(BigInt(`0x${new RegExp(`^${set}:\\s*([0-9a-f]+)`, "m").exec(status)?.[1] ?? "0"}`))

/** A new user namespace starts with every capability that the kernel has. */
const everyCapability = (): ReadonlyArray<Capability.Capability> =>
  Capability.fromMask((1n << BigInt(Number(read("/proc/sys/kernel/cap_last_cap") ?? "40") + 1)) - 1n)

const probe = (): Host => {
  const architecture = process.arch === "x64" ? "amd64" : process.arch === "arm64" ? "arm64" : undefined
  if (architecture === undefined) throw new Error(`no programs can be assembled for ${process.arch}`)
  const status = read("/proc/self/status") ?? ""
  const limits = read("/proc/self/limits") ?? ""
  const ids = idMode()
  const [major = "0", minor = "0"] = os.release().split(".")
  return {
    architecture,
    ids,
    capabilities: ids._tag === "Own" ? everyCapability() : capabilities(status, "CapBnd"),
    cpus: os.availableParallelism(),
    hostname: os.hostname(),
    thermalCpus: thermalCpus(),
    kernel: [Number.parseInt(major, 10), Number.parseInt(minor, 10)],
    cgroup: cgroup(ids),
    network: NetworkMeans.find(ids._tag),
    hardLimits: { nofile: hardLimit(limits, "Max open files"), nproc: hardLimit(limits, "Max processes") },
    mayRaiseLimits: ids._tag === "Same" && capabilities(status, "CapEff").includes("SYS_RESOURCE"),
    apparmor: apparmor(),
    oomScoreAdj: Number(read("/proc/self/oom_score_adj") ?? "0")
  }
}

const kindOf = (path: string): PathKind => {
  try {
    return fs.statSync(path).isDirectory() ? "directory" : "file"
  } catch {
    return "missing"
  }
}

/** The kernel's way to write a device number in 64 bits. Source: makedev(3). */
const numbersOf = (device: number): { readonly major: number; readonly minor: number } => {
  const bits = BigInt(device)
  return {
    major: Number(((bits >> 8n) & 0xfffn) | ((bits >> 32n) & ~0xfffn)),
    minor: Number((bits & 0xffn) | ((bits >> 12n) & ~0xffn))
  }
}

const devicesBelow = (path: string): ReadonlyArray<HostDevice> => {
  let stats: fs.Stats
  try {
    stats = fs.statSync(path)
    if (stats.isDirectory()) {
      // Links in a directory would list one device twice, and could lead anywhere.
      return fs
        .readdirSync(path, { withFileTypes: true })
        .flatMap((entry) => (entry.isSymbolicLink() ? [] : devicesBelow(`${path}/${entry.name}`)))
    }
  } catch {
    return []
  }
  if (!stats.isCharacterDevice() && !stats.isBlockDevice()) return []
  return [
    {
      path,
      type: stats.isBlockDevice() ? "b" : "c",
      ...numbersOf(stats.rdev),
      mode: stats.mode & 0o777,
      uid: stats.uid,
      gid: stats.gid
    }
  ]
}

const record = <A>(paths: ReadonlyArray<string>, look: (path: string) => A): Readonly<Record<string, A>> =>
  Object.fromEntries(paths.map((path) => [path, look(path)]))

/** This machine, by its /proc, /sys and /etc. */
export const make: Effect.Effect<HostProbe["Type"]> = Effect.gen(function* () {
  const host = yield* Effect.cached(
    Effect.try({
      try: probe,
      catch: (cause) =>
        new HostError({
          message: `this machine cannot run containers: ${cause instanceof Error ? cause.message : String(cause)}`,
          cause
        })
    })
  )
  return HostProbe.of({
    host,
    kinds: (paths) => Effect.sync(() => record(paths, kindOf)),
    makeDirectory: (path) =>
      Effect.try({
        try: () => void fs.mkdirSync(path, { recursive: true }),
        catch: (cause) =>
          new HostError({
            message: `error while creating mount source path '${path}': ${cause instanceof Error ? cause.message : String(cause)}`,
            cause
          })
      }),
    devices: (paths) => Effect.sync(() => record(paths, devicesBelow)),
    text: (path) => Effect.sync(() => read(path))
  })
})

export const layer: Layer.Layer<HostProbe> = Layer.effect(HostProbe, make)
