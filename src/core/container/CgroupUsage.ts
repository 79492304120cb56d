import type { ContainerCgroup } from "./CgroupSettings.js"

/** What a container uses at one moment. */
export interface Usage {
  /** Nanoseconds of CPU time so far. */
  readonly cpu_ns: number
  /** Bytes, without what the kernel can drop at once (inactive page cache). */
  readonly memoryBytes: number
  /** Bytes; undefined where nothing limits it but the machine. */
  readonly memoryLimitBytes: number | undefined
  readonly pids: number
  readonly readBytes: number
  readonly writtenBytes: number
}

/** The control files that tell it, by what they tell; undefined where the host has no such controller for us. */
export interface UsageFiles {
  readonly cpu: string | undefined
  readonly memory: string | undefined
  readonly memoryStat: string | undefined
  readonly memoryLimit: string | undefined
  readonly pids: string | undefined
  readonly io: string | undefined
}

/** The texts of {@link UsageFiles}; empty where there is none. */
export type UsageTexts = { readonly [File in keyof UsageFiles]: string }

/** Where to look on this host. Source: Documentation/admin-guide/cgroup-v1, cgroup-v2.rst. */
export const files = ({ layout, name }: ContainerCgroup): UsageFiles => {
  if (layout._tag === "V2") {
    const at = (controller: string, file: string) =>
      controller === "" || layout.controllers.includes(controller)
        ? `${layout.parent}/${name}/${file}`
        : undefined
    return {
      // Counted without the controller, too.
      cpu: at("", "cpu.stat"),
      memory: at("memory", "memory.current"),
      memoryStat: at("memory", "memory.stat"),
      memoryLimit: at("memory", "memory.max"),
      pids: at("pids", "pids.current"),
      io: at("io", "io.stat")
    }
  }
  const hierarchies = layout._tag === "V1" ? layout.hierarchies : []
  const at = (controller: string, file: string) => {
    const found = hierarchies.find(({ controllers }) => controllers.includes(controller))
    return found === undefined ? undefined : `${found.parent}/${name}/${file}`
  }
  return {
    cpu: at("cpuacct", "cpuacct.usage"),
    memory: at("memory", "memory.usage_in_bytes"),
    memoryStat: at("memory", "memory.stat"),
    memoryLimit: at("memory", "memory.limit_in_bytes"),
    pids: at("pids", "pids.current"),
    io: at("blkio", "blkio.throttle.io_service_bytes")
  }
}

const keyed = (text: string, key: string): number =>
  Number(new RegExp(`^${key} (\\d+)$`, "m").exec(text)?.[1] ?? "0")

const total = (text: string, pattern: RegExp): number =>
  [...text.matchAll(pattern)].reduce((sum, [, count]) => sum + Number(count), 0)

/** v1 tells "no limit" as the largest multiple of a page. */
const limitOf = (text: string): number | undefined => {
  const value = Number(text)
  return text === "" || text === "max" || value >= 2 ** 62 ? undefined : value
}

/**
 * Reads the texts of the control files. Memory is what Docker's command line calls used: without `total_inactive_file`
 * (v1) or `inactive_file` (v2), unless that is more than all.
 */
export const parse = (texts: UsageTexts): Usage => {
  const isV2 = /^usage_usec /m.test(texts.cpu)
  const used = Number(texts.memory || "0")
  const inactive = keyed(texts.memoryStat, "total_inactive_file") || keyed(texts.memoryStat, "inactive_file")
  return {
    cpu_ns: isV2 ? keyed(texts.cpu, "usage_usec") * 1000 : Number(texts.cpu || "0"),
    memoryBytes: inactive < used ? used - inactive : used,
    memoryLimitBytes: limitOf(texts.memoryLimit.trim()),
    pids: Number(texts.pids || "0"),
    readBytes: total(texts.io, /(?:rbytes=|^\d+:\d+ Read )(\d+)/gm),
    writtenBytes: total(texts.io, /(?:wbytes=|^\d+:\d+ Write )(\d+)/gm)
  }
}

/** Bytes received and sent by the interfaces of a /proc/PID/net/dev but the loopback. */
export const network = (text: string): { readonly receivedBytes: number; readonly sentBytes: number } => {
  let receivedBytes = 0
  let sentBytes = 0
  for (const line of text.split("\n").slice(2)) {
    const [name = "", counters = ""] = line.split(/:(.*)/s)
    if (name.trim() === "" || name.trim() === "lo") continue
    const fields = counters.trim().split(/\s+/)
    receivedBytes += Number(fields[0] ?? "0")
    sentBytes += Number(fields[8] ?? "0")
  }
  return { receivedBytes, sentBytes }
}

/** The time that all CPUs have spent, in whatever: the first line of /proc/stat, at 100 ticks a second. */
export const systemCpu_ns = (stat: string): number =>
  stat
    .slice(0, stat.indexOf("\n"))
    .trim()
    .split(/\s+/)
    .slice(1, 9)
    .reduce((sum, ticks) => sum + Number(ticks), 0) * 10_000_000

/** Per cent of one CPU between two looks: 100 is one whole CPU, as Docker counts. */
export const cpuPercent = (
  before: { readonly cpu_ns: number; readonly system_ns: number },
  after: { readonly cpu_ns: number; readonly system_ns: number },
  cpus: number
): number => {
  const used = after.cpu_ns - before.cpu_ns
  const passed = after.system_ns - before.system_ns
  return used > 0 && passed > 0 ? (used / passed) * cpus * 100 : 0
}
