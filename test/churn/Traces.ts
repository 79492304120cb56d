import * as fs from "node:fs"
import * as path from "node:path"
import { setTimeout } from "node:timers/promises"
import * as Processes from "./Processes.js"
import type { World } from "./World.js"

/** What containers leave on a machine while they run, by kind. Two of these are compared whole. */
export interface Traces {
  readonly processes: Readonly<Record<Processes.Process["role"], number>>
  /** Distinct ones that a process or an open file of the store keeps alive. */
  readonly namespaces: number
  /** In the supervisor's mount table and in ours. */
  readonly mounts: number
  readonly links: number
  /** Lines of the whole firewall. */
  readonly rules: number
  readonly cgroups: number
  /** Open descriptors of the supervisor, by what they are. */
  readonly descriptors: Readonly<Record<string, number>>
  /** Files of the store, without its blobs and its log of events. */
  readonly files: number
}

const list = (directory: string): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(directory)
  } catch {
    return []
  }
}

const link = (file: string): string => {
  try {
    return fs.readlinkSync(file)
  } catch {
    return ""
  }
}

const count = (names: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** The kind of what a descriptor is open on: the file's own name does not matter, nor does an inode's number. */
const kind = (target: string, root: string): string =>
  target
    .replace(root, "store")
    .replace(/[0-9a-f]{64}/g, "ID")
    .replace(/\[\d+\]/, "")
    .replace(/^\/proc\/\d+/, "/proc/PID")

const descriptors = (pid: number): ReadonlyArray<string> =>
  list(`/proc/${pid}/fd`)
    .map((fd) => link(`/proc/${pid}/fd/${fd}`))
    .filter((target) => target !== "")

const mountsAt = (pid: number | "self", place: string): number => {
  try {
    const table = fs.readFileSync(`/proc/${pid}/mountinfo`, "utf8").split("\n")
    return table.filter((line) => line.includes(place)).length
  } catch {
    return 0
  }
}

const namespace = /^[a-z_]+:\[\d+\]$/

const namespacesOf = (pid: number): ReadonlyArray<string> => [
  ...list(`/proc/${pid}/ns`).map((name) => link(`/proc/${pid}/ns/${name}`)),
  ...descriptors(pid).filter((target) => namespace.test(target))
]

/** The containers' control groups in every hierarchy. */
const cgroups = (ids: ReadonlyArray<string>): number =>
  ["", ...list("/sys/fs/cgroup")]
    .flatMap((name) => list(path.join("/sys/fs/cgroup", name, "kasane")))
    .filter((name) => ids.some((id) => name.includes(id))).length

const entries = (directory: string): number =>
  list(directory).reduce((sum, name) => {
    const file = path.join(directory, name)
    const isDirectory = fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false
    return sum + 1 + (isDirectory ? entries(file) : 0)
  }, 0)

/** Looks at everything that the containers `ids` of a world may have left. */
export const of = (world: World, ids: ReadonlyArray<string>): Traces => {
  const { engine, host, place } = world
  const processes = Processes.of(world, ids)
  const supervisors = processes.filter(({ role }) => role === "supervisor")
  const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "").length
  return {
    processes: { supervisor: 0, monitor: 0, process: 0, ...count(processes.map(({ role }) => role)) },
    namespaces: new Set(processes.flatMap(({ pid }) => namespacesOf(pid))).size,
    mounts: mountsAt("self", place) + supervisors.reduce((sum, { pid }) => sum + mountsAt(pid, place), 0),
    links: lines(host.run("ip", "-o", "link")),
    rules: lines(host.run("nft", "list", "ruleset")),
    cgroups: cgroups(ids),
    descriptors: count(
      supervisors.flatMap(({ pid }) => descriptors(pid)).map((target) => kind(target, engine.root))
    ),
    files: list(engine.root)
      .filter((name) => !["blobs", "events", "supervisor"].includes(name))
      .reduce((sum, name) => sum + 1 + entries(path.join(engine.root, name)), 0)
  }
}

/** Every kind of thing with its count. */
export const counts = (traces: Traces): ReadonlyArray<readonly [string, number]> => [
  ...Object.entries(traces.processes),
  ["namespaces", traces.namespaces],
  ["mounts", traces.mounts],
  ["links", traces.links],
  ["lines of the firewall", traces.rules],
  ["control groups", traces.cgroups],
  ...Object.entries(traces.descriptors).map(([name, count]) => [`descriptor of ${name}`, count] as const),
  ["files of the store", traces.files]
]

/** What there is more of than before, in words. */
export const leaks = (before: Traces, after: Traces): ReadonlyArray<string> => {
  const was = new Map(counts(before))
  return counts(after)
    .filter(([name, count]) => count > (was.get(name) ?? 0))
    .map(([name, count]) => `${name}: ${was.get(name) ?? 0} before, ${count} after`)
}

/** Looks until there is no more than what there was `before`, or for half a minute: the supervisor tidies up behind the commands. */
export const settled = async (world: World, ids: ReadonlyArray<string>, before: Traces): Promise<Traces> => {
  const deadline = Date.now() + 30_000
  for (;;) {
    const now = of(world, ids)
    if (leaks(before, now).length === 0 || Date.now() > deadline) return now
    await setTimeout(50)
  }
}
