import * as Either from "effect/Either"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as DockerDefaults from "./DockerDefaults.js"
import type { ContainerFacts, Host, LayeredView } from "./HostFacts.js"
import { type InvalidOption, setting } from "./InvalidOption.js"
import type { BindMount, Mount, MountFlag, Propagation } from "./Mount.js"
import type { MountRequest } from "./MountRequest.js"
import type { Namespaces } from "./Namespace.js"
import * as ProcPlaces from "./ProcPlaces.js"
import * as Reason from "./Reason.js"
import { owns } from "./ResolveNamespaces.js"
import * as TmpfsOptions from "./TmpfsOptions.js"

const bind = (
  source: string,
  target: string,
  kind: BindMount["kind"],
  flags: ReadonlyArray<MountFlag>,
  reason: Reason.Reason
): BindMount => ({
  _tag: "Bind",
  source,
  target,
  kind,
  flags,
  recursive: true,
  recursiveReadonly: "if-possible",
  propagation: "rprivate",
  reason
})

const without = (flags: ReadonlyArray<MountFlag>, ...gone: ReadonlyArray<MountFlag>) =>
  flags.filter((flag) => !gone.includes(flag))

/** gid 5 is `tty`; a map of one id does not have it. */
const devptsOptions = (host: Host): string => {
  const mapped =
    host.ids._tag !== "Own" || host.ids.gidMap.some(({ inside, size }) => inside <= 5 && 5 < inside + size)
  return `newinstance,ptmxmode=0666,mode=0620${mapped ? ",gid=5" : ""}`
}

/** What every container has below /proc, /dev and /sys. */
const standard = (
  options: ContainerOptions,
  host: Host,
  namespaces: Namespaces,
  facts: ContainerFacts
): ReadonlyArray<Mount> => {
  const { flags } = DockerDefaults
  const privileged = options.privileged
  const writableCgroups = privileged || options.security.writableCgroups
  const why = Reason.policy
  const sysfs = privileged ? without(flags.sysfs, "ro") : flags.sysfs
  const mounts: Array<Mount> = [
    owns(namespaces, host, "pid")
      ? { _tag: "Proc", target: "/proc", flags: flags.proc, reason: why("the container's processes") }
      : bind("/proc", "/proc", "directory", flags.proc, Reason.host("/proc of a foreign pid namespace")),
    {
      _tag: "Tmpfs",
      source: "tmpfs",
      target: "/dev",
      flags: flags.dev,
      options: "mode=755,size=65536k",
      copyUp: [],
      reason: why("only the devices that are listed")
    },
    {
      _tag: "Devpts",
      target: "/dev/pts",
      flags: flags.devpts,
      options: devptsOptions(host),
      reason: why("terminals of its own")
    },
    owns(namespaces, host, "network")
      ? { _tag: "Sysfs", target: "/sys", flags: sysfs, reason: why("the devices of its network") }
      : bind("/sys", "/sys", "directory", flags.sysfs, Reason.host("sysfs of a foreign network namespace")),
    {
      _tag: "Cgroup",
      target: "/sys/fs/cgroup",
      flags: writableCgroups ? without(flags.cgroup, "ro") : flags.cgroup,
      reason: writableCgroups
        ? Reason.flag(privileged ? "--privileged" : "--security-opt writable-cgroups")
        : why("its limits can be read, not changed")
    }
  ]
  return [
    ...mounts.filter((mount) => mount._tag !== "Cgroup" || host.cgroup._tag !== "None"),
    ...queues(host, namespaces),
    ...sharedMemory(options, facts)
  ]
}

/** /dev/mqueue shows the queues of the ipc namespace that it is mounted in; only its owner may mount it. */
const queues = (host: Host, namespaces: Namespaces): ReadonlyArray<Mount> =>
  owns(namespaces, host, "ipc")
    ? [
        {
          _tag: "Mqueue",
          target: "/dev/mqueue",
          flags: DockerDefaults.flags.mqueue,
          reason: Reason.policy("POSIX message queues")
        }
      ]
    : []

const sharedMemory = (options: ContainerOptions, facts: ContainerFacts): ReadonlyArray<Mount> => {
  const flags = DockerDefaults.flags.shm
  if (options.ipc._tag === "None") return []
  if (options.ipc._tag === "Host") {
    return [bind("/dev/shm", "/dev/shm", "directory", flags, Reason.flag("--ipc host"))]
  }
  if (options.ipc._tag === "Container") {
    const donor = facts.containers[options.ipc.container]
    const reason = Reason.flag(`--ipc container:${options.ipc.container}`)
    return donor === undefined
      ? []
      : [{ ...bind("/dev/shm", "/dev/shm", "directory", flags, reason), within: `/proc/${donor.pid}/ns/mnt` }]
  }
  const size = options.shmSize
  return [
    {
      _tag: "Tmpfs",
      source: "shm",
      target: "/dev/shm",
      flags,
      options: `mode=1777,size=${size ?? DockerDefaults.shmSize}`,
      copyUp: [],
      reason: size === undefined ? Reason.policy("POSIX shared memory") : Reason.flag("--shm-size")
    }
  ]
}

/** One directory that is only read needs no overlay, and overlayfs takes none. */
const layered = (
  view: LayeredView,
  target: string,
  flags: ReadonlyArray<MountFlag>,
  reason: Reason.Reason
): Mount => {
  const [only = "", ...more] = view.lower
  return more.length === 0 && view.writable === undefined
    ? bind(only, target, "directory", ["ro"], reason)
    : { ...view, _tag: "Overlay", target, flags: view.writable === undefined ? ["ro"] : flags, reason }
}

const requested = (request: MountRequest, facts: ContainerFacts): Either.Either<Mount, InvalidOption> => {
  // Whether a bind shows a process table is seen when it is there.
  const misplaced = ProcPlaces.fault(request.target, request._tag === "Bind")
  if (misplaced !== undefined) return Either.left(setting(request.flag, misplaced))
  const ro: ReadonlyArray<MountFlag> = request.readonly ? ["ro"] : []
  const reason = request.flag === "VOLUME" ? Reason.image("VOLUME") : Reason.flag(request.flag)
  const unprepared = (what: string) =>
    Either.left(setting("", `${what} for ${request.target} is not there: prepare it before resolving`))
  switch (request._tag) {
    case "Bind": {
      const kind = facts.paths[request.source] ?? "missing"
      if (kind === "missing" && !request.createSource) {
        const cause = `bind source path does not exist: ${request.source}`
        return Either.left(setting("--mount", `invalid mount config for type "bind": ${cause}`))
      }
      return Either.right({
        ...bind(request.source, request.target, kind === "file" ? "file" : "directory", ro, reason),
        recursive: request.recursive,
        recursiveReadonly: request.recursiveReadonly,
        propagation: request.propagation ?? "rprivate"
      })
    }
    case "Volume": {
      const source = facts.volumes[request.target]
      return source === undefined
        ? unprepared("the volume")
        : Either.right(bind(source, request.target, "directory", ro, reason))
    }
    case "Image": {
      const view = facts.imageMounts[request.target]
      return view === undefined
        ? unprepared("the image")
        : Either.right(layered(view, request.target, ro, reason))
    }
    case "Tmpfs":
      return Either.mapBoth(TmpfsOptions.merge(request.options), {
        onLeft: (fault) => setting("--tmpfs", fault.message),
        onRight: ({ flags, data }): Mount => ({
          _tag: "Tmpfs",
          source: "tmpfs",
          target: request.target,
          flags,
          options: data,
          copyUp: [],
          reason
        })
      })
  }
}

const generated = (facts: ContainerFacts, flags: ReadonlyArray<MountFlag>): ReadonlyArray<Mount> =>
  [
    [facts.resolvConfFile, "/etc/resolv.conf"] as const,
    [facts.hostnameFile, "/etc/hostname"] as const,
    [facts.hostsFile, "/etc/hosts"] as const
  ].flatMap(([source, target]) =>
    source === undefined
      ? []
      : [bind(source, target, "file", flags, Reason.policy("names and addresses of its network"))]
  )

const depth = (mount: Mount): number => mount.target.split("/").length

/** `slave` and `shared` mounts need a root that passes events on. */
export const rootPropagation = (mounts: ReadonlyArray<Mount>): Propagation => {
  const wanted = mounts.flatMap((mount) => (mount._tag === "Bind" ? [mount.propagation] : []))
  if (wanted.some((propagation) => propagation.endsWith("shared"))) return "shared"
  return wanted.some((propagation) => propagation.endsWith("slave")) ? "rslave" : "rprivate"
}

/**
 * All mounts in order: the standard ones, then what was asked for, nearer to the root first. A request for the place of a
 * standard mount replaces it; one for /dev replaces everything below.
 */
export const resolve = (
  options: ContainerOptions,
  requests: ReadonlyArray<MountRequest>,
  host: Host,
  namespaces: Namespaces,
  facts: ContainerFacts
): Either.Either<ReadonlyArray<Mount>, InvalidOption> =>
  Either.map(Either.all(requests.map((request) => requested(request, facts))), (asked) => {
    const taken = new Set(asked.map((mount) => mount.target))
    const files = generated(facts, options.readonlyRoot ? ["ro"] : []).filter(
      (mount) => !taken.has(mount.target)
    )
    const kept = standard(options, host, namespaces, facts).filter(
      (mount) => !taken.has(mount.target) && !(taken.has("/dev") && mount.target.startsWith("/dev/"))
    )
    return [...kept, ...[...files, ...asked].sort((left, right) => depth(left) - depth(right))]
  })
