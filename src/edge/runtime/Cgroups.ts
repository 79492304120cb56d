import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { ContainerCgroup } from "../../core/container/CgroupSettings.js"
import { RuntimeError } from "./RuntimeError.js"

/** What a program needs to join a control group and to tell of its end. */
export interface Joinable {
  readonly procs: ReadonlyArray<string>
  /** The file that counts out-of-memory kills. */
  readonly oomEvents: string | undefined
}

/** A directory of the container's control group, with the controllers that rule it. */
interface Place {
  readonly path: string
  readonly controllers: ReadonlyArray<string>
}

const placesOf = ({ layout, name }: ContainerCgroup): ReadonlyArray<Place> => {
  switch (layout._tag) {
    case "None":
      return []
    case "V1":
      return layout.hierarchies.map(({ parent, controllers }) => ({ path: `${parent}/${name}`, controllers }))
    case "V2":
      return [{ path: `${layout.parent}/${name}`, controllers: layout.controllers }]
  }
}

const placeWith = (cgroup: ContainerCgroup, controller: string): Place | undefined =>
  placesOf(cgroup).find(({ controllers }) => controllers.includes(controller))

/** The files of a container's control group. */
export const joinable = (cgroup: ContainerCgroup): Joinable => {
  const memory = placeWith(cgroup, "memory")
  const events = cgroup.layout._tag === "V2" ? "memory.events" : "memory.oom_control"
  return {
    procs: placesOf(cgroup).map(({ path }) => `${path}/cgroup.procs`),
    oomEvents: memory === undefined ? undefined : `${memory.path}/${events}`
  }
}

const error = (message: string, cause: unknown): RuntimeError =>
  new RuntimeError({ reason: "Cgroup", exitCode: 125, message, cause })

const errnoOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""

const write = (path: string, value: string): Effect.Effect<void, RuntimeError> =>
  Effect.try({
    try: () => fs.writeFileSync(path, value),
    catch: (cause) => error(`cannot write ${JSON.stringify(value)} to ${path}: ${String(cause)}`, cause)
  })

const makeDirectory = ({ path }: Place): Effect.Effect<void, RuntimeError> =>
  Effect.try({
    try: () => fs.mkdirSync(path),
    catch: (cause) => cause
  }).pipe(
    Effect.catchAll((cause) =>
      // A start of the same container that was killed left it behind; it is empty, or mkdir's user would be running.
      errnoOf(cause) === "EEXIST"
        ? Effect.void
        : Effect.fail(error(`cannot make the control group ${path}: ${String(cause)}`, cause))
    )
  )

/** A new v1 cpuset has no CPUs and no memory nodes, and cannot be joined before it has its parent's. */
const fillCpuset = ({ path, controllers }: Place): Effect.Effect<void, RuntimeError> =>
  controllers.includes("cpuset") &&
  fs.existsSync(`${path}/cpuset.mems`) &&
  fs.existsSync(`${path}/cpuset.sched_load_balance`)
    ? Effect.forEach(
        ["cpuset.cpus", "cpuset.mems"],
        (file) => write(`${path}/${file}`, fs.readFileSync(`${path}/../${file}`, "utf8").trim()),
        { discard: true }
      )
    : Effect.void

/**
 * Makes the container's control groups and puts its limits in force, before anything joins. Fails, and leaves nothing,
 * when one cannot be made or a limit cannot be applied.
 */
export const create = (cgroup: ContainerCgroup): Effect.Effect<Joinable, RuntimeError> =>
  Effect.gen(function* () {
    for (const place of placesOf(cgroup)) {
      yield* makeDirectory(place)
      yield* fillCpuset(place)
    }
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
    placesOf(cgroup),
    ({ path }) =>
      Effect.try({ try: () => removeTree(path), catch: (cause) => cause }).pipe(
        Effect.retry({ schedule: whileBusy, while: (cause) => errnoOf(cause) === "EBUSY" }),
        Effect.catchAll((cause) =>
          errnoOf(cause) === "ENOENT"
            ? Effect.void
            : Effect.fail(error(`cannot remove the control group ${path}: ${String(cause)}`, cause))
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

const freezer = (cgroup: ContainerCgroup): Place | undefined =>
  cgroup.layout._tag === "V2" ? placesOf(cgroup)[0] : placeWith(cgroup, "freezer")

const isFrozenAt = (cgroup: ContainerCgroup, { path }: Place): boolean =>
  cgroup.layout._tag === "V2"
    ? /^frozen 1$/m.test(read(`${path}/cgroup.events`))
    : read(`${path}/freezer.state`).trim() === "FROZEN"

/** Whether every process of the container is frozen. */
export const isFrozen = (cgroup: ContainerCgroup): boolean => {
  const place = freezer(cgroup)
  return place !== undefined && isFrozenAt(cgroup, place)
}

const setFrozen = (cgroup: ContainerCgroup, wanted: "frozen" | "thawed"): Effect.Effect<void, RuntimeError> =>
  Effect.gen(function* () {
    const place = freezer(cgroup)
    if (place === undefined)
      return yield* new RuntimeError({
        reason: "Unsupported",
        exitCode: 125,
        message: "cannot pause: no freezer control group on this host"
      })
    const frozen = wanted === "frozen"
    yield* cgroup.layout._tag === "V2"
      ? write(`${place.path}/cgroup.freeze`, frozen ? "1" : "0")
      : write(`${place.path}/freezer.state`, frozen ? "FROZEN" : "THAWED")
    yield* Effect.suspend(() =>
      isFrozenAt(cgroup, place) === frozen
        ? Effect.void
        : Effect.fail(error(`the control group ${place.path} is not ${wanted} yet`, undefined))
    ).pipe(Effect.retry(whileBusy))
  })

/** Freezes every process of the container; done when all are. */
export const freeze = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  setFrozen(cgroup, "frozen")

/** Lets them run again. */
export const thaw = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  setFrozen(cgroup, "thawed")

/** Kills every process in the container's control group: at once where the kernel can, else one after another, frozen. */
export const kill = (cgroup: ContainerCgroup): Effect.Effect<void, RuntimeError> =>
  Effect.gen(function* () {
    const place = freezer(cgroup) ?? placesOf(cgroup)[0]
    if (place === undefined) return
    if (fs.existsSync(`${place.path}/cgroup.kill`)) return yield* write(`${place.path}/cgroup.kill`, "1")
    yield* Effect.ignore(freeze(cgroup))
    for (const pid of read(`${place.path}/cgroup.procs`).split("\n").filter(Boolean).map(Number)) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // It has ended by itself.
      }
    }
    yield* Effect.ignore(thaw(cgroup))
  })
