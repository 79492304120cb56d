import * as Either from "effect/Either"
import { type InvalidOption, setting } from "./InvalidOption.js"
import type { Reason } from "./Reason.js"
import * as Reasons from "./Reason.js"

/** An OCI runtime that carries a container out instead of this engine: a program with runc's command line. */
export interface RuntimeChoice {
  /** Absolute path of crun, runc, youki, runsc or the like. */
  readonly command: string
  /** Options before the sub-command, e.g. `--cgroup-manager=cgroupfs` for crun. */
  readonly options: ReadonlyArray<string>
  readonly reason: Reason
}

/** Names of this engine's own way, which is the default. */
const own = new Set(["", "kasane", "native"])

const directories = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"]

/** The host paths at which a runtime is looked for: as it is when it is a path, else where programs are. */
export const candidates = (name: string | undefined): ReadonlyArray<string> => {
  if (name === undefined || own.has(name)) return []
  if (name.startsWith("/")) return [name]
  return /^[\w.+-]+$/.test(name) ? directories.map((directory) => `${directory}/${name}`) : []
}

/** What a runtime needs to be told that the others do by themselves. */
const optionsOf = (command: string, mayLimit: boolean): ReadonlyArray<string> =>
  command.endsWith("/crun") ? [`--cgroup-manager=${mayLimit ? "cgroupfs" : "disabled"}`] : []

/** The runtime of `--runtime`, found among `paths`; undefined stands for this engine. `mayLimit`: control groups can be made. */
export const resolve = (
  name: string | undefined,
  paths: Readonly<Record<string, "file" | "directory" | "missing">>,
  mayLimit: boolean
): Either.Either<RuntimeChoice | undefined, InvalidOption> => {
  if (name === undefined || own.has(name)) return Either.right(undefined)
  const command = candidates(name).find((path) => paths[path] === "file")
  return command === undefined
    ? Either.left(setting("--runtime", `unknown or invalid runtime name: ${name}`))
    : Either.right({
        command,
        options: optionsOf(command, mayLimit),
        reason: Reasons.flag(`--runtime ${name}`)
      })
}
