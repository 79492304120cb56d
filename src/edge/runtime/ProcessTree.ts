import * as fs from "node:fs"

/** What the processes of a container say that they use. */
export interface TreeUsage {
  readonly cpu_ns: number
  readonly memoryBytes: number
  readonly pids: number
}

const pageBytes = 4096
const tick_ns = 10_000_000

interface Seen {
  readonly pid: number
  readonly parent: number
  readonly cpu_ns: number
  readonly memoryBytes: number
}

/** Fields of /proc/PID/stat after the name: state, parent, …, utime (11), stime (12), cutime, cstime, …, rss (21). */
const look = (pid: string): Seen | undefined => {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const ticks = fields.slice(11, 15).reduce((sum, count) => sum + Number(count), 0)
    return {
      pid: Number(pid),
      parent: Number(fields[1]),
      cpu_ns: ticks * tick_ns,
      memoryBytes: Number(fields[21]) * pageBytes
    }
  } catch {
    // It has ended meanwhile.
    return undefined
  }
}

const namespaceOf = (pid: number): string | undefined => {
  try {
    return fs.readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

/** A process, those below it, and those that have joined its pid namespace. Source: proc_pid_stat(5). */
export const usage = (root: number): TreeUsage => {
  const all = fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => look(name) ?? [])
  const namespace = namespaceOf(root)
  const isOwn = namespace !== undefined && namespace !== namespaceOf(process.pid)
  const members = new Set([root])
  for (const { pid } of all) if (isOwn && namespaceOf(pid) === namespace) members.add(pid)
  for (let before = 0; before !== members.size; ) {
    before = members.size
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid)
  }
  const ours = all.filter(({ pid }) => members.has(pid))
  return {
    cpu_ns: ours.reduce((sum, one) => sum + one.cpu_ns, 0),
    memoryBytes: ours.reduce((sum, one) => sum + one.memoryBytes, 0),
    pids: ours.length
  }
}
