import * as Capability from "../../container/Capability.js"
import type { ContainerProcess } from "../../container/ContainerProcess.js"
import type { ContainerSpec } from "../../container/ContainerSpec.js"
import type { Supervision } from "../Supervision.js"
import type { Entry } from "./FileSystem.js"
import type { World } from "./World.js"

const directory: Entry = { _tag: "Directory" }
const file: Entry = { _tag: "File" }

const device = (major: number, minor: number): Entry => ({ _tag: "Device", number: (major << 8) | minor })

type Entries = ReadonlyArray<readonly [path: string, entry: Entry]>

const all = (entry: Entry, paths: ReadonlyArray<string>): Entries =>
  paths.map((path) => [path, entry] as const)

/** What lies at the sources of binds; /proc and /sys are the host's own, which are there anyway. */
const sources = ({ mounts }: ContainerSpec): Entries =>
  mounts.flatMap((mount) =>
    mount._tag === "Bind" && mount.source !== "/sys" && mount.source !== "/proc"
      ? [[mount.source, mount.kind === "file" ? file : directory] as const]
      : []
  )

/** The container's own control groups, for those who see them without a namespace. */
const groups = ({ cgroup: { layout, name } }: ContainerSpec): ReadonlyArray<string> =>
  layout._tag === "V1" ? layout.hierarchies.map(({ parent }) => `${parent}/${name}`) : []

const streams = (process: ContainerProcess): Entries =>
  [process.stdin, process.stdout, process.stderr].flatMap((stream) =>
    stream._tag === "Path" ? all(file, [stream.path]) : []
  )

const namespacePaths = ({ namespaces }: ContainerSpec): ReadonlyArray<string> =>
  [
    namespaces.user,
    namespaces.pid,
    namespaces.network,
    namespaces.ipc,
    namespaces.uts,
    namespaces.cgroup
  ].flatMap((namespace) => (namespace._tag === "Path" ? [namespace.path] : []))

/** A host that has exactly what a specification and its supervision name, and what every Linux has. */
export const hostOf = (spec: ContainerSpec, supervision: Supervision): ReadonlyMap<string, Entry> =>
  new Map([
    ...all(directory, ["/tmp", "/sys/kernel", "/dev/shm", "/dev/mqueue", "/etc"]),
    ...all(directory, [spec.root._tag === "Overlay" ? spec.root.merged : spec.root.path]),
    ...all(file, ["/proc/self/exe", "/proc/self/oom_score_adj", "/etc/shadow"]),
    ...all(file, supervision.cgroupProcs),
    ...all(directory, groups(spec)),
    ...all(file, spec.process.apparmor === undefined ? [] : ["/proc/self/attr/apparmor/exec"]),
    ...all(
      file,
      spec.sysctls.map(({ name }) => `/proc/sys/${name.replaceAll(".", "/")}`)
    ),
    ...all(file, namespacePaths(spec)),
    ["/dev/null", device(1, 3)] as const,
    ...spec.devices.map(({ hostPath, major, minor }) => [hostPath, device(major, minor)] as const),
    ...sources(spec),
    ...streams(spec.process)
  ])

/** Descriptors that the program of a specification finds open: reports, the gate, a terminal's socket. */
export const descriptorsOf = (spec: ContainerSpec, supervision: Supervision): ReadonlyArray<number> => [
  3,
  ...(supervision.gate === "wait" ? [4] : []),
  ...(spec.process.terminal === undefined || spec.process.terminal._tag === "Console"
    ? []
    : [spec.process.terminal.fd])
]

/** The world in which a specification's command can be executed: the first candidate is there. */
export const make = (spec: ContainerSpec, supervision: Supervision): World => ({
  host: hostOf(spec, supervision),
  image: new Map([
    ...all(directory, ["/proc", "/sys", "/dev", "/etc", "/tmp", spec.process.cwd]),
    ...all(file, spec.process.executables.slice(0, 1))
  ]),
  fresh: new Map<string, ReadonlyMap<string, Entry>>([
    ["proc", new Map([...all(directory, ["sys", "acpi"]), ...all(file, ["kcore", "self/status"])])],
    ["sysfs", new Map(all(directory, ["firmware", "fs/cgroup"]))],
    ["devpts", new Map([["ptmx", device(5, 2)]])]
  ]),
  capabilities: Capability.mask(Capability.names),
  descriptors: descriptorsOf(spec, supervision),
  failing: new Map()
})
