import * as childProcess from "node:child_process"
import type { Readable, Writable } from "node:stream"
import { assemble } from "../../core/program/Assemble.js"
import { compileMapped } from "../../core/program/CompileMapped.js"
import * as Errno from "../../core/program/Errno.js"
import * as Report from "../../core/program/Report.js"
import { withProgramFile } from "./ProgramFile.js"
import * as UserIdMaps from "./UserIdMaps.js"

/** How a command runs as root of a user namespace. */
export interface MappedRun {
  /** argv; the first is an absolute path. */
  readonly command: readonly [path: string, ...args: ReadonlyArray<string>]
  readonly env: Readonly<Record<string, string | undefined>>
  /** A directory of the user's, on a file system that allows execution. */
  readonly directory: string
  /** Hears why only the user's own id is there, when it is so. */
  readonly warn: (message: string) => void
  /** A process whose user namespace is entered instead of a new one. */
  readonly within?: number
}

/** True for an ordinary user, who must enter a user namespace to write layers. Costs nothing. */
export const isNeeded = (): boolean => process.geteuid?.() !== 0

const machine = (): "amd64" | "arm64" => {
  if (process.arch === "x64") return "amd64"
  if (process.arch === "arm64") return "arm64"
  throw new Error(`no programs can be assembled for ${process.arch}`)
}

const isReadable = (stream: unknown): stream is Readable =>
  typeof stream === "object" && stream !== null && "read" in stream
const isWritable = (stream: unknown): stream is Writable =>
  typeof stream === "object" && stream !== null && "write" in stream

const explain = (report: Extract<Report.Report, { _tag: "Failed" }>, path: string): Error => {
  const why = Errno.messageOf(report.errno)
  const isUnshare = report.step === 1
  return new Error(
    isUnshare
      ? `this system does not let an ordinary user make a user namespace (${why}); see sysctl user.max_user_namespaces and the system's security modules, or run as root`
      : `cannot run ${path} in a user namespace: step ${report.step}: ${why}`
  )
}

/** The terminal sends these to its whole foreground group, so the child has them already. */
const shared = ["SIGINT", "SIGQUIT"] as const
const passedOn = ["SIGTERM", "SIGHUP", "SIGUSR2"] as const

/** While the child runs, signals are its to answer; returns how to undo that. */
const passSignals = (child: childProcess.ChildProcess): (() => void) => {
  const leave = () => undefined
  const hand = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of shared) process.on(signal, leave)
  for (const signal of passedOn) process.on(signal, hand)
  return () => {
    for (const signal of shared) process.off(signal, leave)
    for (const signal of passedOn) process.off(signal, hand)
  }
}

/** How a command ended. */
export interface MappedEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * Runs a command of the host as root of a new user namespace (the user's own id is root, its subordinate ids are the
 * others) and mount namespace, with this process's streams, and waits for its end. It is killed with this process.
 * Rejects with an Error ready for the user when it cannot be run.
 */
export const run = async (wanted: MappedRun): Promise<MappedEnd> => {
  const maps = UserIdMaps.ofThisUser()
  if (maps.limit !== undefined)
    wanted.warn(`only your own user and group id can be used in containers and images: ${maps.limit}`)
  const denySetgroups = maps.writer === "direct"
  const [path] = wanted.command
  const program = compileMapped({
    path,
    args: wanted.command,
    env: Object.entries(wanted.env).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`]
    ),
    setgroups: denySetgroups ? "denied" : "allowed",
    within: wanted.within
  })
  const child = withProgramFile(wanted.directory, assemble(program, machine()), (fd) =>
    childProcess.spawn(`/proc/self/fd/${fd}`, [], {
      argv0: "kasane",
      env: {},
      stdio: ["inherit", "inherit", "inherit", "pipe", "pipe"]
    })
  )
  const restore = passSignals(child)
  const end = new Promise<MappedEnd>((resolve, reject) => {
    child.on("error", reject)
    child.on("exit", (code, signal) => resolve({ code, signal }))
  })
  const failure = await follow(child, { ...maps, denySetgroups }, path)
  const ended = await end.finally(restore)
  if (failure !== undefined) throw failure
  return ended
}

/** Opens the gate when the namespace is there; the reason when the command did not come to run. */
const follow = (
  child: childProcess.ChildProcess,
  maps: Parameters<typeof UserIdMaps.write>[1],
  path: string
): Promise<Error | undefined> =>
  new Promise((resolve) => {
    const [, , , reports, gate] = child.stdio
    if (!isReadable(reports) || !isWritable(gate)) return resolve(new Error(`cannot run ${path}: no pipes`))
    let failure: Error | undefined
    gate.on("error", () => undefined)
    reports.on("data", (chunk: Buffer) => {
      for (const report of Report.decode(chunk)) {
        if (report._tag === "Failed") failure ??= explain(report, path)
        else
          UserIdMaps.write(child.pid ?? 0, maps).then(
            () => gate.end("1"),
            (cause: unknown) => {
              failure = cause instanceof Error ? cause : new Error(String(cause))
              gate.destroy()
            }
          )
      }
    })
    reports.on("close", () => resolve(failure))
    reports.on("error", () => resolve(failure))
  })

/**
 * Runs this very Node with the same script and arguments again, as mapped root (or root of the user namespace that the process `within` is in), and
 * ends as it ends. `env` is added to the environment: where the store is must be said, because root's default is another one.
 */
export const reexecute = async (
  directory: string,
  env: Readonly<Record<string, string>>,
  warn: (message: string) => void,
  within?: number
): Promise<never> => {
  const { code, signal } = await run({
    command: [process.execPath, ...process.execArgv, "--", ...process.argv.slice(1)],
    env: { ...process.env, ...env },
    directory,
    warn,
    ...(within === undefined ? {} : { within })
  })
  if (signal !== null) {
    // As if this process had been killed by it.
    process.kill(process.pid, signal)
  }
  process.exit(code ?? 137)
}

/** Deletes directories whose files belong to the user's subordinate ids. What does not exist is deleted already. */
export const remove = async (paths: ReadonlyArray<string>, directory: string): Promise<void> => {
  if (paths.length === 0) return
  const { code } = await run({
    command: ["/bin/rm", "-rf", "--", ...paths],
    env: { PATH: "/usr/bin:/bin" },
    directory,
    warn: () => undefined
  })
  if (code !== 0) throw new Error(`cannot delete ${paths.join(", ")}: rm ended with ${code}`)
}
