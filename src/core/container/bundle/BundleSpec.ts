import * as Either from "effect/Either"
import type { CgroupLayout } from "../CgroupSettings.js"
import type { ContainerSpec, GuardedPath } from "../ContainerSpec.js"
import type { Device } from "../Device.js"
import * as DockerDefaults from "../DockerDefaults.js"
import type { CopiedEntry, Mount, Propagation } from "../Mount.js"
import type { Namespaces } from "../Namespace.js"
import * as Path from "../Path.js"
import * as Reason from "../Reason.js"
import { parented } from "../ResolveCgroup.js"
import type * as BundleConfig from "./BundleConfig.js"
import * as BundleMounts from "./BundleMounts.js"
import * as BundleNamespaces from "./BundleNamespaces.js"
import * as BundleProcess from "./BundleProcess.js"
import * as BundleResources from "./BundleResources.js"
import { type InvalidBundle, invalid, unsupported } from "./InvalidBundle.js"

/** What a bundle is turned into a container on, and by whom. */
export interface BundleFacts {
  readonly id: string
  readonly architecture: ContainerSpec["architecture"]
  /** Absolute path of the bundle. */
  readonly bundle: string
  /** Whether the runtime is in the first user namespace, as root. */
  readonly isHostRoot: boolean
  readonly ids: BundleNamespaces.IdWriter
  readonly cgroup: CgroupLayout
  /** What lies at every path of {@link questions}. */
  readonly paths: Readonly<Record<string, "file" | "directory" | "missing">>
  /** What the root file system has at every target of {@link BundleMounts.copied}. */
  readonly trees: Readonly<Record<string, ReadonlyArray<CopiedEntry>>>
  readonly process: BundleProcess.ProcessPlace
}

/** Host paths whose kind must be known. */
export const questions = (config: BundleConfig.BundleConfig, bundle: string): ReadonlyArray<string> => [
  Path.resolve(bundle, config.root?.path ?? ""),
  ...BundleMounts.sources(config.mounts ?? [], bundle)
]

const refusal = ({ ociVersion, root, linux, ...other }: BundleConfig.BundleConfig) => {
  if (!/^1\.\d+\.\d+/.test(ociVersion))
    return unsupported("ociVersion", `${JSON.stringify(ociVersion)} is none of 1.x.y`)
  if (root === undefined || root === null) return invalid("root", "a container needs a root file system")
  for (const platform of ["windows", "solaris", "vm"] as const)
    if (other[platform] !== undefined && other[platform] !== null)
      return unsupported(platform, "containers are Linux's")
  for (const member of ["intelRdt", "personality"] as const)
    if (linux?.[member] !== undefined && linux[member] !== null)
      return unsupported(`linux.${member}`, "this runtime does not set it")
  return linux?.mountLabel ? unsupported("linux.mountLabel", "labels are not set by this runtime") : undefined
}

const propagations: Readonly<Record<string, Propagation>> = {
  private: "rprivate",
  rprivate: "rprivate",
  slave: "rslave",
  rslave: "rslave",
  shared: "shared",
  rshared: "rshared"
}

const propagation = (word: string | null | undefined): Either.Either<Propagation, InvalidBundle> => {
  if (!word) return Either.right("rprivate")
  const known = Object.hasOwn(propagations, word) ? propagations[word] : undefined
  return known === undefined
    ? Either.left(unsupported("linux.rootfsPropagation", JSON.stringify(word)))
    : Either.right(known)
}

const device = (
  { path, type, major, minor, fileMode, uid, gid }: BundleConfig.Device,
  index: number
): Either.Either<Device, InvalidBundle> => {
  const member = `linux.devices[${index}]`
  if (type !== "c" && type !== "u" && type !== "b")
    return Either.left(unsupported(`${member}.type`, JSON.stringify(type)))
  if (!Path.isAbsolute(path)) return Either.left(invalid(`${member}.path`, `${path} is not absolute`))
  const clean = Path.clean(path)
  return Either.right({
    path: clean,
    hostPath: clean,
    type: type === "b" ? "b" : "c",
    major,
    minor,
    mode: (fileMode ?? 0o666) & 0o7777,
    uid: uid ?? 0,
    gid: gid ?? 0,
    reason: Reason.flag(`${member} of the bundle`)
  })
}

const devices = (linux: BundleConfig.Linux): Either.Either<ReadonlyArray<Device>, InvalidBundle> =>
  Either.map(Either.all((linux.devices ?? []).map(device)), (asked) => [
    ...new Map([...DockerDefaults.devices, ...asked].map((one) => [one.path, one])).values()
  ])

const guarded = (
  paths: ReadonlyArray<string> | null | undefined,
  member: string
): Either.Either<ReadonlyArray<GuardedPath>, InvalidBundle> =>
  Either.all(
    (paths ?? []).map((path) =>
      Path.isAbsolute(path)
        ? Either.right({ path: Path.clean(path), reason: Reason.flag(`linux.${member} of the bundle`) })
        : Either.left(invalid(`linux.${member}`, `${path} is not absolute`))
    )
  )

/** Parameters of a namespace that is the host's would change the host. */
const sysctls = (linux: BundleConfig.Linux, namespaces: Namespaces) =>
  Either.all(
    Object.entries(linux.sysctl ?? {}).map(([written, value]) => {
      // Either separator is fine; a dotted name has dots between its parts.
      const slashed =
        written.indexOf("/") >= 0 && (written.indexOf(".") < 0 || written.indexOf("/") < written.indexOf("."))
      const name = slashed
        ? [...written].map((char) => (char === "/" ? "." : char === "." ? "/" : char)).join("")
        : written
      const kind = name.startsWith("net.")
        ? "network"
        : name === "kernel.domainname" || name === "kernel.hostname"
          ? "uts"
          : "ipc"
      const isOwn = /^(?:net\.|fs\.mqueue\.|kernel\.(?:msg|sem|shm|domainname$|hostname$))/.test(name)
      if (!isOwn || name.includes(".."))
        return Either.left(invalid("linux.sysctl", `${written} belongs to no namespace of a container`))
      return namespaces[kind]._tag === "Host"
        ? Either.left(
            invalid("linux.sysctl", `${written} would change the host: there is no ${kind} namespace`)
          )
        : Either.right({ name, value, reason: Reason.flag("linux.sysctl of the bundle") })
    })
  )

/** Where the container's control group is made: `cgroupsPath` from the top of each hierarchy. */
const placed = (
  layout: CgroupLayout,
  path: string | null | undefined,
  id: string
): Either.Either<{ readonly layout: CgroupLayout; readonly name: string }, InvalidBundle> => {
  if (path?.includes(":")) return Either.left(unsupported("linux.cgroupsPath", `${path} is one of systemd's`))
  if (!path) return Either.right({ layout: parented(layout, "/kasane"), name: id })
  const clean = Path.resolve("/", path)
  if (clean === "/") return Either.left(invalid("linux.cgroupsPath", "it is the top of the hierarchy"))
  const at = clean.lastIndexOf("/")
  return Either.right({ layout: parented(layout, clean.slice(0, at) || "/"), name: clean.slice(at + 1) })
}

/** Without a hierarchy of its own a container sees the host's, read-only. */
const withoutCgroups = (mounts: ReadonlyArray<Mount>): ReadonlyArray<Mount> =>
  mounts.map((mount) =>
    mount._tag === "Cgroup"
      ? {
          _tag: "Bind",
          source: "/sys/fs/cgroup",
          target: mount.target,
          kind: "directory",
          flags: [...new Set([...mount.flags, "ro" as const])],
          recursive: true,
          recursiveReadonly: "disabled",
          propagation: "rprivate",
          reason: Reason.host("no control group may be made here")
        }
      : mount
  )

/**
 * The container that a bundle describes. Everything that it asks for is in the specification, or it is refused: `Invalid` where
 * it breaks the runtime specification, `Unsupported` where this engine cannot do it.
 */
export const resolve = (
  config: BundleConfig.BundleConfig,
  facts: BundleFacts
): Either.Either<ContainerSpec, InvalidBundle> =>
  Either.gen(function* () {
    const fault = refusal(config)
    if (fault !== undefined) return yield* Either.left(fault)
    const linux = config.linux ?? {}
    const namespaces = yield* BundleNamespaces.resolve(linux, facts.ids)
    const mounts = yield* BundleMounts.resolve(config.mounts ?? [], facts.bundle, facts.paths, facts.trees)
    const root = Path.resolve(facts.bundle, config.root?.path ?? "")
    if (facts.paths[root] !== "directory")
      return yield* Either.left(invalid("root.path", `${root} is not a directory`))
    if (config.process === undefined || config.process === null)
      return yield* Either.left(invalid("process", "there is none"))
    if (config.hostname && namespaces.uts._tag === "Host")
      return yield* Either.left(invalid("hostname", "it would change the host's: there is no uts namespace"))
    const own = facts.isHostRoot && namespaces.user._tag === "Host"
    const { layout, name } = yield* placed(facts.cgroup, linux.cgroupsPath, facts.id)
    const settings = yield* BundleResources.resolve(
      linux.resources ?? {},
      facts.isHostRoot ? "ruled" : "kept"
    )
    const isForeign = mounts.findLast(({ target }) => target === "/dev")?._tag === "Bind"
    return {
      id: facts.id,
      runtime: undefined,
      architecture: facts.architecture,
      root: { _tag: "Directory", path: root },
      readonlyRoot: {
        value: config.root?.readonly ?? false,
        reason: Reason.flag("root.readonly of the bundle")
      },
      rootPropagation: yield* propagation(linux.rootfsPropagation),
      process: yield* BundleProcess.resolve(config.process, facts.process),
      namespaces,
      hostname: config.hostname || undefined,
      domainname: config.domainname || undefined,
      mounts: layout._tag === "None" ? withoutCgroups(mounts) : mounts,
      deviceNodes: own ? "create" : "bind",
      devices: isForeign ? [] : yield* devices(linux),
      deviceLinks: isForeign ? [] : DockerDefaults.deviceLinks,
      maskedPaths: yield* guarded(linux.maskedPaths, "maskedPaths"),
      readonlyPaths: yield* guarded(linux.readonlyPaths, "readonlyPaths"),
      sysctls: yield* sysctls(linux, namespaces),
      cgroup: { layout, name, settings, reasons: BundleResources.reasons(settings) },
      statusFile: undefined
    }
  })
