import * as Either from "effect/Either"
import type { ExecutionConfig } from "../oci/ImageConfig.js"
import * as Account from "./Account.js"
import * as CapabilityChange from "./CapabilityChange.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import type { CapabilitySets, ContainerProcess, ResourceLimit } from "./ContainerProcess.js"
import * as DockerDefaults from "./DockerDefaults.js"
import * as Environment from "./Environment.js"
import type { ContainerFacts, Host } from "./HostFacts.js"
import { type InvalidOption, setting } from "./InvalidOption.js"
import * as Path from "./Path.js"
import * as Reason from "./Reason.js"
import * as Seccomp from "./seccomp/Seccomp.js"

/** ENTRYPOINT and CMD of the image and of the command line in one list. Source: moby, mergeAndVerifyConfig. */
export const commandLine = (
  options: Pick<ContainerOptions, "entrypoint" | "command">,
  image: ExecutionConfig
): Either.Either<ReadonlyArray<string>, InvalidOption> => {
  const replaced = options.entrypoint !== undefined
  const entrypoint = (options.entrypoint ?? image.Entrypoint ?? []).filter(
    (word, index, all) => !(all.length === 1 && index === 0 && word === "")
  )
  const command = options.command.length > 0 || replaced ? options.command : (image.Cmd ?? [])
  const args = [...entrypoint, ...command]
  return args.length === 0 ? Either.left(setting("", "No command specified")) : Either.right(args)
}

/** Where execve looks for a program: as it is when it has a slash, else in every directory of PATH. */
export const executables = (program: string, env: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (program === "") return []
  if (program.includes("/")) return [program]
  return (Environment.lookup(env, "PATH") ?? "")
    .split(":")
    .filter(Path.isAbsolute)
    .map((directory) => Path.clean(`${directory}/${program}`))
}

/** Docker's variables, the image's, then the flags'; HOME comes from the account when nobody set it. */
export const environment = (
  options: Pick<ContainerOptions, "env" | "tty">,
  image: ExecutionConfig,
  hostname: string,
  home: string
): ReadonlyArray<string> => {
  const base = [`PATH=${DockerDefaults.path}`, `HOSTNAME=${hostname}`, ...(options.tty ? ["TERM=xterm"] : [])]
  const asked = new Set(options.env.map(Environment.nameOf))
  const inherited = (image.Env ?? []).filter((entry) => !asked.has(Environment.nameOf(entry)))
  const merged = Environment.merge(base, [...options.env, ...inherited])
  return Environment.lookup(merged, "HOME") === undefined ? [...merged, `HOME=${home}`] : merged
}

const capabilities = (
  options: ContainerOptions,
  host: Host,
  uid: number
): Either.Either<CapabilitySets, InvalidOption> =>
  Either.map(
    CapabilityChange.apply(
      { add: options.capAdd, drop: options.capDrop, privileged: options.privileged },
      host.capabilities
    ),
    (bounding) => {
      const changes = [
        ...(options.privileged ? ["--privileged"] : []),
        ...options.capAdd.map((name) => `--cap-add ${name}`),
        ...options.capDrop.map((name) => `--cap-drop ${name}`)
      ]
      const held = uid === 0 ? bounding : []
      return {
        bounding,
        permitted: held,
        effective: held,
        inheritable: [],
        ambient: [],
        reason:
          changes.length > 0
            ? Reason.flag(changes.join(" "))
            : Reason.policy(
                uid === 0 ? "Docker's 14 capabilities for root" : "none are held by a user but root"
              )
      }
    }
  )

const limits = (
  options: ContainerOptions,
  host: Host
): Either.Either<ReadonlyArray<ResourceLimit>, InvalidOption> =>
  Either.all(
    options.ulimits.map(({ name, soft, hard }) => {
      const ceiling = name === "nofile" || name === "nproc" ? host.hardLimits[name] : Number.POSITIVE_INFINITY
      if (!host.mayRaiseLimits && (hard === -1 ? ceiling !== Number.POSITIVE_INFINITY : hard > ceiling)) {
        const asked = hard === -1 ? "unlimited" : hard
        const message = `error setting rlimit ${name}: the hard limit here is ${ceiling} and cannot be raised to ${asked}`
        return Either.left(setting("--ulimit", message))
      }
      return Either.right<ResourceLimit>({
        name,
        soft: soft === -1 ? "unlimited" : soft,
        hard: hard === -1 ? "unlimited" : hard,
        reason: Reason.flag(`--ulimit ${name}=${soft}:${hard}`)
      })
    })
  )

const oomScoreAdj = (
  options: ContainerOptions,
  host: Host
): Either.Either<ContainerProcess["oomScoreAdj"], InvalidOption> => {
  const value = options.oomScoreAdj
  if (value === undefined) return Either.right(undefined)
  if (value < host.oomScoreAdj && !host.mayRaiseLimits) {
    const message = `--oom-score-adj ${value} cannot be applied: this user cannot go below ${host.oomScoreAdj}`
    return Either.left(setting("--oom-score-adj", message))
  }
  return Either.right({ value, reason: Reason.flag(`--oom-score-adj ${value}`) })
}

/**
 * The profile that was asked for, or Docker's own where it is loaded: this engine loads none. Neither --privileged nor `unconfined` has one.
 */
const apparmor = (
  options: ContainerOptions,
  host: Host
): Either.Either<ContainerProcess["apparmor"], InvalidOption> => {
  const profile = options.security.apparmor
  if (profile === "unconfined") return Either.right(undefined)
  if (profile === undefined) {
    const isLoaded = host.apparmor?.includes(DockerDefaults.apparmorProfile) === true
    return Either.right(
      isLoaded && !options.privileged
        ? {
            profile: DockerDefaults.apparmorProfile,
            reason: Reason.policy("Docker's profile, which is loaded")
          }
        : undefined
    )
  }
  const refuse = (why: string) =>
    Either.left(
      setting("--security-opt", `apparmor profile ${JSON.stringify(profile)} cannot be applied: ${why}`)
    )
  if (host.apparmor === undefined) return refuse("AppArmor is not in force on this host")
  // An ordinary user cannot see what is loaded; then the kernel tells.
  return host.apparmor.length > 0 && !host.apparmor.includes(profile)
    ? refuse("no profile of that name is loaded")
    : Either.right({ profile, reason: Reason.flag(`--security-opt apparmor=${profile}`) })
}

/** What a process needs to know of its container. */
export type ProcessFacts = Pick<
  ContainerFacts,
  "passwd" | "group" | "stdin" | "stdout" | "stderr" | "terminal" | "terminalSize"
>

/** The process of a container. */
export const resolve = (
  options: ContainerOptions,
  image: ExecutionConfig,
  hostname: string,
  host: Host,
  facts: ProcessFacts
): Either.Either<ContainerProcess, InvalidOption> =>
  Either.gen(function* () {
    const args = yield* commandLine(options, image)
    const user = options.user ?? image.User ?? ""
    const account = yield* Account.resolve(user, options.groupAdd, facts)
    const sets = yield* capabilities(options, host, account.uid)
    const env = environment(options, image, hostname, account.home)
    const seccomp = yield* Seccomp.resolve(options, sets.bounding, host)
    const cwd = options.workingDirectory ?? (image.WorkingDir || "/")
    return {
      args,
      executables: executables(args[0] ?? "", env),
      env,
      cwd: Path.resolve("/", cwd),
      identity: {
        uid: account.uid,
        gid: account.gid,
        additionalGids: account.groups,
        reason:
          options.user !== undefined
            ? Reason.flag(`--user ${options.user}`)
            : user === ""
              ? Reason.policy("root, as the image names no user")
              : Reason.image(`USER ${user}`)
      },
      capabilities: sets,
      resourceLimits: yield* limits(options, host),
      noNewPrivileges: {
        value: options.security.noNewPrivileges,
        reason: options.security.noNewPrivileges
          ? Reason.flag("--security-opt no-new-privileges")
          : Reason.policy("setuid programs work, as in Docker")
      },
      seccomp,
      oomScoreAdj: yield* oomScoreAdj(options, host),
      umask: 0o022,
      init: {
        value: options.init && options.pid._tag === "Private",
        reason: options.init ? Reason.flag("--init") : Reason.policy("the command is process 1")
      },
      stdin: facts.stdin,
      stdout: facts.stdout,
      stderr: facts.stderr,
      terminal: facts.terminal,
      terminalSize: facts.terminalSize,
      newKeyring: true,
      apparmor: yield* apparmor(options, host)
    }
  })
