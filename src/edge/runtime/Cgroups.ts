import * as fs from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Cgroup from "../../core/container/Cgroup.js"
import type { CgroupSettings, ContainerCgroup } from "../../core/container/CgroupSettings.js"
import * as Reason from "../../core/container/Reason.js"
import { RuntimeError } from "./RuntimeError.js"

/** What a program needs to join a control group and to tell of its end. */
export interface Joinable {
  readonly procs: ReadonlyArray<string>
  readonly devices: Cgroup.DeviceGuard | undefined
  /** The file that counts out-of-memory kills. */
  readonly oomEvents: string | undefined
}

/** The file that counts out-of-memory kills, where the memory controller is. */
const oomEvents = ({ layout, name }: ContainerCgroup): string | undefined => {
  if (layout._tag === "None") return undefined
  if (layout._tag === "V2")
    return layout.controllers.includes("memory") ? `${layout.parent}/${name}/memory.events` : undefined
  const memory = layout.hierarchies.find(({ controllers }) => controllers.includes("memory"))
  return memory === undefined ? undefined : `${memory.parent}/${name}/memory.oom_control`
}

/** The files of a container's control group. */
export const joinable = (cgroup: ContainerCgroup): Joinable => ({
  procs: Cgroup.plan(cgroup).processFiles,
  devices: Cgroup.plan(cgroup).devices,
  oomEvents: oomEvents(cgroup)
})

const error = (message: string, cause: unknown): RuntimeError =>
  new RuntimeError({ reason: "Cgroup", exitCode: 125, message, cause })

const errnoOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

/** Without O_CREAT: the kernel would answer that with EACCES, and not say that it has no such file. */
const put = (path: string, text: string): void => {
  const fd = fs.openSync(path, fs.constants.O_WRONLY)
  try {
    fs.writeSync(fd, text)
  } finally {
    fs.closeSync(fd)
  }
}

/** Writes one value. */
export const write = ({
  path,
  text,
  optional,
  otherwise,
  reason
}: Cgroup.CgroupWrite): Effect.Effect<void, RuntimeError> =>
  Effect.try({
    try: () => put(path, text),
    catch: (cause) => cause
  }).pipe(
    Effect.catchAll((cause) =>
      errnoOf(cause) === "ENOENT" && (optional || otherwise !== undefined)
        ? otherwise === undefined
          ? Effect.void
          : write({ ...otherwise, optional, reason })
        : Effect.fail(error(`cannot apply ${reason.detail}: write ${path}: ${errnoOf(cause)}`, cause))
    )
  )

const copyFromParent = (path: string, file: string): void => {
  if (fs.readFileSync(`${path}/${file}`, "utf8").trim() === "")
    fs.writeFileSync(`${path}/${file}`, fs.readFileSync(`${path}/../${file}`, "utf8").trim())
}

/** Makes a group, and the engine's own above it the first time. */
const make = (path: string): void => {
  if (fs.existsSync(path)) return
  if (!fs.existsSync(dirname(path))) {
    make(dirname(path))
    // v2: what is below may only use the controllers that every group above passes down.
    const passedDown = `${dirname(dirname(path))}/cgroup.subtree_control`
    if (fs.existsSync(passedDown)) {
      const controllers = fs
        .readFileSync(`${dirname(passedDown)}/cgroup.controllers`, "utf8")
        .split(/\s+/)
        .filter((name) => name !== "")
      if (controllers.length > 0) put(passedDown, controllers.map((name) => `+${name}`).join(" "))
    }
  }
  fs.mkdirSync(path)
  // v1: a new cpuset has no CPUs and no memory nodes, and cannot be joined before it has some.
  if (fs.existsSync(`${path}/cpuset.memory_migrate`)) {
    copyFromParent(path, "cpuset.cpus")
    copyFromParent(path, "cpuset.mems")
  }
}

const makeDirectory = (path: string): Effect.Effect<void, RuntimeError> =>
  Effect.try({
    try: () => make(path),
    catch: (cause) => error(`cannot make the control group ${path}: ${errnoOf(cause)}`, cause)
  })

/** Settings that share one file with another one, which then stands for both. */
const companion: { readonly [Setting in keyof CgroupSettings]?: keyof CgroupSettings } = {
  cpuPeriod: "cpuQuota"
}

/** Where an ordinary user has control groups: below the user's own systemd, and not in the session of a login. */
const elsewhere = "run as root, or under your own systemd: systemd-run --user --scope kasane …"

/** A limit that a flag asked for, and for which this host has no file at all. */
const impossible = (
  { reasons, settings }: ContainerCgroup,
  plan: Cgroup.CgroupPlan
): RuntimeError | undefined => {
  const applied = new Set(plan.writes.map(({ reason }) => reason))
  for (const name of Object.keys(reasons).filter((key): key is keyof CgroupSettings => key in settings)) {
    const reason = reasons[name]
    const other = reasons[companion[name] ?? name]
    if (reason?.source !== "flag" || applied.has(reason)) continue
    if (other !== undefined && applied.has(other)) continue
    return error(
      `cannot apply ${reason.detail}: no control group for it may be used here; ${elsewhere}`,
      undefined
    )
  }
  return undefined
}

/** Fails when a limit that was asked for has no file at all on this host. */
export const possible = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  Effect.suspend(() => {
    const refused = impossible(cgroup, Cgroup.plan(cgroup))
    return refused === undefined ? Effect.void : Effect.fail(refused)
  })

/**
 * Makes the container's control groups and puts its limits in force, before anything joins. Fails, and leaves nothing,
 * when one cannot be made or a limit that was asked for cannot be applied.
 */
export const create = (cgroup: ContainerCgroup): Effect.Effect<Joinable, RuntimeError> =>
  Effect.gen(function* () {
    const plan = Cgroup.plan(cgroup)
    yield* possible(cgroup)
    yield* Effect.forEach(plan.directories, makeDirectory, { discard: true })
    yield* Effect.forEach(plan.writes, write, { discard: true })
    return joinable(cgroup)
  }).pipe(Effect.onError(() => Effect.ignore(remove(cgroup))))

/** A container may have made groups of its own below; they are empty once its processes are gone. */
const removeTree = (path: string): void => {
  for (const entry of fs.readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(`${path}/${entry.name}`)
  fs.rmdirSync(path)
}

/** Processes that have just been killed keep a group busy for a moment. */
const whileBusy = Schedule.intersect(Schedule.spaced("10 millis"), Schedule.recurs(200))

/** Removes the container's control groups; what is not there is removed already. */
export const remove = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  Effect.forEach(
    Cgroup.plan(cgroup).directories.toReversed(),
    (path) =>
      Effect.try({ try: () => removeTree(path), catch: (cause) => cause }).pipe(
        Effect.retry({ schedule: whileBusy, while: (cause) => errnoOf(cause) === "EBUSY" }),
        Effect.catchAll((cause) =>
          errnoOf(cause) === "ENOENT"
            ? Effect.void
            : Effect.fail(error(`cannot remove the control group ${path}: ${errnoOf(cause)}`, cause))
        )
      ),
    { discard: true }
  )

const read = (path: string): string => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    // The group is gone, or has no such controller.
    return ""
  }
}

type Freezer = NonNullable<Cgroup.CgroupPlan["freezer"]>

const isFrozenAt = ({ path, freeze }: Freezer): boolean =>
  path.endsWith("cgroup.freeze")
    ? // The file holds what was asked for; the events say when it is true.
      /^frozen 1$/m.test(read(path.replace(/freeze$/, "events")))
    : read(path).trim() === freeze

/** Whether every process of the container is frozen. */
export const isFrozen = (cgroup: ContainerCgroup): boolean => {
  const { freezer } = Cgroup.plan(cgroup)
  return freezer !== undefined && isFrozenAt(freezer)
}

const set = (cgroup: ContainerCgroup, wanted: "freeze" | "thaw"): Effect.Effect<void, RuntimeError> =>
  Effect.gen(function* () {
    const { freezer } = Cgroup.plan(cgroup)
    if (freezer === undefined)
      return yield* new RuntimeError({
        reason: "Unsupported",
        exitCode: 125,
        message: `cannot pause: no freezer control group may be used here; ${elsewhere}`
      })
    const { path } = freezer
    yield* write({ path, text: freezer[wanted], optional: false, reason: Reason.policy(wanted) })
    yield* Effect.suspend(() =>
      isFrozenAt(freezer) === (wanted === "freeze")
        ? Effect.void
        : Effect.fail(error(`cannot ${wanted} the container: ${path} does not follow`, undefined))
    ).pipe(Effect.retry(whileBusy))
  })

/** Freezes every process of the container; done when all are. */
export const freeze = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> => set(cgroup, "freeze")

/** Lets them run again. */
export const thaw = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> => set(cgroup, "thaw")

/** The pids in a group and in those that the container made below it. */
const membersBelow = (directory: string): ReadonlyArray<number> => {
  let below: ReadonlyArray<fs.Dirent>
  try {
    below = fs.readdirSync(directory, { withFileTypes: true })
  } catch {
    // It is gone.
    return []
  }
  return [
    ...read(`${directory}/cgroup.procs`).split("\n").filter(Boolean).map(Number),
    ...below.flatMap((entry) => (entry.isDirectory() ? membersBelow(`${directory}/${entry.name}`) : []))
  ]
}

/** The pids of the container's processes, as this process sees them. */
export const members = (cgroup: ContainerCgroup): ReadonlyArray<number> => {
  const [first] = Cgroup.plan(cgroup).directories
  return first === undefined ? [] : membersBelow(first)
}

/** Puts other limits in force for a group that exists. */
export const limit = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  Effect.suspend(() => {
    const plan = Cgroup.plan(cgroup)
    return impossible(cgroup, plan) ?? Effect.forEach(plan.writes, write, { discard: true })
  })

/** Kills every process in the container's control group: at once where the kernel can, else one by one, frozen. */
export const kill = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  Effect.gen(function* () {
    const { killFile } = Cgroup.plan(cgroup)
    if (killFile !== undefined && fs.existsSync(killFile))
      return yield* write({ path: killFile, text: "1", optional: true, reason: Reason.policy("kill") })
    yield* Effect.ignore(freeze(cgroup))
    for (const pid of members(cgroup)) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // It has ended by itself.
      }
    }
    yield* Effect.ignore(thaw(cgroup))
  })
