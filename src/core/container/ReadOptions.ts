import * as Either from "effect/Either"
import * as AttachedStreams from "./AttachedStreams.js"
import * as Caller from "./Caller.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import * as DeviceFlag from "./DeviceFlag.js"
import * as Environment from "./Environment.js"
import * as Flags from "./Flags.js"
import { type InvalidOption, option, setting } from "./InvalidOption.js"
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

/** `name=value` entries as a record; the last one wins. */
const record = (entries: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    entries.map((entry) => {
      const name = Environment.nameOf(entry)
      return [name, entry.slice(name.length + 1)]
    })
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
  caller: Caller.Caller
): Either.Either<ContainerOptions, InvalidOption> =>
  Either.gen(function* () {
    const entries = yield* Caller.variables(flags, caller)
    const labels = yield* Caller.labels(flags)
    const ulimits = yield* Flags.parseAll(flags, "ulimit", Ulimit.parse)
    const sysctls = yield* Flags.parseAll(flags, "sysctl", Sysctls.parse)
    const deviceRules = yield* Flags.parseAll(flags, "device-cgroup-rule", DeviceFlag.parseRule)
    const limits = yield* ReadResources.read(flags)
    const mounts = yield* ReadMounts.read(flags, caller.workingDirectory)
    const devices = yield* Either.all(Flags.all(flags, "device").map(DeviceFlag.parse))
    const networks = yield* ReadNetworks.read(flags)
    const fileEntries = yield* Caller.fileVariables(flags, caller)
    const fileLabels = yield* Caller.fileLabels(flags, caller)
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
      attached: AttachedStreams.of(flags),
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
