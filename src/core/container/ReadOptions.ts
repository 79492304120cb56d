import * as Either from "effect/Either"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as DeviceFlag from "./DeviceFlag.js"
import type { Variables } from "./Environment.js"
import * as Environment from "./Environment.js"
import * as Flags from "./Flags.js"
import { type InvalidOption, InvalidValue, option, setting } from "./InvalidOption.js"
import * as NamespaceMode from "./NamespaceMode.js"
import * as Path from "./Path.js"
import * as ReadMounts from "./ReadMounts.js"
import * as ReadNetworks from "./ReadNetworks.js"
import * as ReadResources from "./ReadResources.js"
import * as RestartPolicy from "./RestartPolicy.js"
import * as SecurityOption from "./SecurityOption.js"
import * as Signal from "./Signal.js"
import * as Sysctls from "./Sysctls.js"
import * as Ulimit from "./Ulimit.js"

/** What the caller knows besides the flags. */
export interface Caller {
  readonly environment: Variables
  /** Absolute; relative bind sources start here. */
  readonly workingDirectory: string
  /** The text of each of {@link filesNeeded}, by path as it was written. */
  readonly files: Readonly<Record<string, string>>
}

/** A file to be read before the flags can be. */
export interface FileNeeded {
  /** As written. */
  readonly path: string
  /** How Docker's message begins when it cannot be read. */
  readonly complaint: string
}

/** The files whose text {@link read} needs: --env-file, --label-file and seccomp profiles. */
export const filesNeeded = (flags: Flags.Flags): ReadonlyArray<FileNeeded> => {
  const lists = [...Flags.all(flags, "env-file"), ...Flags.all(flags, "label-file")]
  const profiles = Flags.all(flags, "security-opt").flatMap((text) => SecurityOption.profilePath(text) ?? [])
  return [
    ...lists.map((path) => ({ path, complaint: "" })),
    ...profiles.map((path) => ({ path, complaint: `opening seccomp profile (${path}) failed: ` }))
  ]
}

const label = (text: string): Either.Either<string, InvalidValue> => {
  const name = Environment.nameOf(text).replace(/^[ \t]+/, "")
  const fault =
    name === ""
      ? `invalid label '${text}': empty name`
      : /[ \t]/.test(name)
        ? `label '${name}' contains whitespaces`
        : undefined
  return fault === undefined ? Either.right(text) : Either.left(new InvalidValue({ message: fault }))
}

/** `name=value` entries as a record; the last one wins. */
const record = (entries: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries.map((entry) => {
      const name = Environment.nameOf(entry)
      return [name, entry.slice(name.length + 1)]
    })
  )

/** The entries of files, then those of flags. */
const fromFiles = (
  flags: Flags.Flags,
  flag: string,
  caller: Caller,
  variables: Variables
): Either.Either<ReadonlyArray<string>, InvalidOption> =>
  Either.mapBoth(
    Either.all(
      Flags.all(flags, flag).map((path) => Environment.parseFile(path, caller.files[path] ?? "", variables))
    ),
    {
      onLeft: (fault) => option(`--${flag}`, `--${flag}: ${fault.message}`),
      onRight: (lists) => lists.flat()
    }
  )

const workingDirectory = (flags: Flags.Flags): Either.Either<string | undefined, InvalidOption> => {
  const text = Flags.last(flags, "workdir")
  if (text === undefined || text === "") return Either.right(undefined)
  return Path.isAbsolute(text)
    ? Either.right(Path.clean(text))
    : Either.left(
        setting("--workdir", `the working directory '${text}' is invalid, it needs to be an absolute path`)
      )
}

const stopSignal = (flags: Flags.Flags): Either.Either<string | undefined, InvalidOption> => {
  const text = Flags.last(flags, "stop-signal")
  if (text === undefined || text === "") return Either.right(undefined)
  return Signal.parse(text) === undefined
    ? Either.left(setting("--stop-signal", `invalid signal: ${text}`))
    : Either.right(text)
}

const hostname = (flags: Flags.Flags): Either.Either<string | undefined, InvalidOption> => {
  const text = Flags.last(flags, "hostname")
  if (text === undefined || text === "") return Either.right(undefined)
  return text.length > 64
    ? Either.left(setting("--hostname", `hostname ${JSON.stringify(text)} is too long (maximum 64 bytes)`))
    : Either.right(text)
}

const entrypoint = (flags: Flags.Flags): ReadonlyArray<string> | undefined => {
  const text = Flags.last(flags, "entrypoint")
  return text === undefined ? undefined : [text]
}

const mode = <A>(
  flags: Flags.Flags,
  name: string,
  parser: (text: string) => Either.Either<A, InvalidOption>
) => parser(Flags.last(flags, name) ?? "")

/**
 * Reads the flags of `run` and `create` and the arguments after IMAGE. Values that do not parse come first (reason
 * `Argument`), then what the command line refuses (`Option`), then the engine (`Setting`), as Docker does.
 */
export const read = (
  flags: Flags.Flags,
  command: ReadonlyArray<string>,
  caller: Caller
): Either.Either<ContainerOptions, InvalidOption> =>
  Either.gen(function* () {
    const entries = yield* Flags.parseAll(flags, "env", (text) =>
      Environment.parseEntry(text, caller.environment)
    )
    const labels = yield* Flags.parseAll(flags, "label", label)
    const ulimits = yield* Flags.parseAll(flags, "ulimit", Ulimit.parse)
    const sysctls = yield* Flags.parseAll(flags, "sysctl", Sysctls.parse)
    const deviceRules = yield* Flags.parseAll(flags, "device-cgroup-rule", DeviceFlag.parseRule)
    const limits = yield* ReadResources.read(flags)
    const mounts = yield* ReadMounts.read(flags, caller.workingDirectory)
    const devices = yield* Either.all(Flags.all(flags, "device").map(DeviceFlag.parse))
    const networks = yield* ReadNetworks.read(flags)
    const fileEntries = yield* fromFiles(flags, "env-file", caller, caller.environment)
    const fileLabels = yield* fromFiles(flags, "label-file", caller, {})
    const pid = yield* mode(flags, "pid", NamespaceMode.parsePid)
    const uts = yield* mode(flags, "uts", NamespaceMode.parseUts)
    const userNamespace = yield* mode(flags, "userns", NamespaceMode.parseUser)
    const cgroupNamespace = yield* mode(flags, "cgroupns", NamespaceMode.parseCgroup)
    const restart = yield* RestartPolicy.parse(Flags.last(flags, "restart") ?? "no")
    const security = yield* SecurityOption.parse(Flags.all(flags, "security-opt"), caller.files)
    if (Flags.isSet(flags, "rm") && restart.name !== "no") {
      return yield* Either.left(
        option("--restart", "conflicting options: cannot specify both --restart and --rm")
      )
    }
    if (Flags.all(flags, "storage-opt").length > 0) {
      const where = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
      return yield* Either.left(setting("--storage-opt", `${where}, which kasane does not use`))
    }
    return {
      command,
      entrypoint: entrypoint(flags),
      env: [...fileEntries, ...entries],
      workingDirectory: yield* workingDirectory(flags),
      user: Flags.last(flags, "user") || undefined,
      groupAdd: Flags.all(flags, "group-add"),
      hostname: yield* hostname(flags),
      domainname: Flags.last(flags, "domainname") || undefined,
      labels: record([...fileLabels, ...labels]),
      annotations: record(Flags.all(flags, "annotation")),
      stopSignal: yield* stopSignal(flags),
      stopTimeout: limits.stopTimeout,
      restart,
      tty: Flags.isSet(flags, "tty"),
      interactive: Flags.isSet(flags, "interactive"),
      init: Flags.isSet(flags, "init"),
      mounts,
      volumesFrom: Flags.all(flags, "volumes-from"),
      readonlyRoot: Flags.isSet(flags, "read-only"),
      shmSize: limits.shmSize,
      privileged: Flags.isSet(flags, "privileged"),
      capAdd: Flags.all(flags, "cap-add"),
      capDrop: Flags.all(flags, "cap-drop"),
      security,
      devices,
      deviceRules,
      ulimits: [...new Map(ulimits.map((limit) => [limit.name, limit])).values()],
      sysctls: Object.fromEntries(sysctls),
      resources: limits.resources,
      deviceRates: limits.deviceRates,
      cgroupParent: Flags.last(flags, "cgroup-parent") || undefined,
      oomScoreAdj: limits.oomScoreAdj,
      pid,
      ipc: yield* NamespaceMode.parseIpc(Flags.last(flags, "ipc") ?? "private"),
      uts,
      userNamespace,
      cgroupNamespace: Flags.last(flags, "cgroupns") === undefined ? undefined : cgroupNamespace,
      ...networks,
      runtime: Flags.last(flags, "runtime") || undefined,
      logDriver: Flags.last(flags, "log-driver") || undefined,
      logOptions: record(Flags.all(flags, "log-opt"))
    }
  })
