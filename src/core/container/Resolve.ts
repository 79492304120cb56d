import * as Either from "effect/Either"
import type { ExecutionConfig } from "../oci/ImageConfig.js"
import type { ContainerOptions } from "./ContainerOptions.js"
import type { ContainerSpec, GuardedPath, Sysctl } from "./ContainerSpec.js"
import * as DockerDefaults from "./DockerDefaults.js"
import type { ContainerFacts, Host, IdMode } from "./HostFacts.js"
import { type InvalidOption, setting } from "./InvalidOption.js"
import type { MountRequest } from "./MountRequest.js"
import type { Namespaces } from "./Namespace.js"
import * as Path from "./Path.js"
import * as Reason from "./Reason.js"
import * as ResolveCgroup from "./ResolveCgroup.js"
import * as ResolveDevices from "./ResolveDevices.js"
import * as ResolveMounts from "./ResolveMounts.js"
import * as ResolveNamespaces from "./ResolveNamespaces.js"
import * as ResolveProcess from "./ResolveProcess.js"
import * as RuntimeChoice from "./RuntimeChoice.js"
import * as Sysctls from "./Sysctls.js"

/** What a container asks of the host before it can be resolved; the answers are {@link ContainerFacts}. */
export interface Questions {
  /** Host paths whose kind is wanted; those under `make` are made as directories when missing. */
  readonly paths: ReadonlyArray<string>
  readonly make: ReadonlyArray<string>
  /** Host paths at which a runtime may be; their kinds are wanted too. */
  readonly programs: ReadonlyArray<string>
  /** Host paths of devices, or of directories of devices. */
  readonly devices: ReadonlyArray<string>
  /** Names or ids of running containers. */
  readonly containers: ReadonlyArray<string>
}

/** The flags' mounts, and an anonymous volume for every VOLUME of the image that no flag covers. */
export const mountRequests = (
  options: ContainerOptions,
  image: ExecutionConfig
): ReadonlyArray<MountRequest> => {
  const targets = new Set(options.mounts.map((request) => request.target))
  const volumes = Object.keys(image.Volumes ?? {})
    .map((path) => Path.resolve("/", path))
    .filter((target) => target !== "/" && !targets.has(target))
  return [
    ...options.mounts,
    ...[...new Set(volumes)].map(
      (target): MountRequest => ({
        _tag: "Volume",
        name: undefined,
        target,
        readonly: false,
        driver: "local",
        driverOptions: {},
        labels: {},
        subpath: undefined,
        noCopy: false,
        flag: "VOLUME"
      })
    )
  ]
}

/** What must be found out about the host for these options. */
export const questions = (options: ContainerOptions): Questions => {
  const binds = options.mounts.filter((request) => request._tag === "Bind")
  const { weight, readBps, writeBps, readIops, writeIops } = options.deviceRates
  const rates = [...weight, ...readBps, ...writeBps, ...readIops, ...writeIops]
  const modes = [options.pid, options.ipc, options.uts, options.network]
  return {
    paths: [...binds, ...options.devices].map((request) => request.source),
    programs: RuntimeChoice.candidates(options.runtime),
    make: binds.filter((request) => request.createSource).map((request) => request.source),
    devices: [...options.devices.map((request) => request.source), ...rates.map((rate) => rate.path)],
    containers: modes.flatMap((mode) => (mode._tag === "Container" ? [mode.container] : []))
  }
}

const sysctls = (
  options: ContainerOptions,
  namespaces: Namespaces,
  ids: IdMode
): Either.Either<ReadonlyArray<Sysctl>, InvalidOption> =>
  Either.gen(function* () {
    const { unprivilegedPorts, pingGroups } = DockerDefaults.networkSysctls
    const values = new Map<string, Sysctl>()
    const set = (name: string, value: string, reason: Reason.Reason) =>
      values.set(name, { name, value, reason })
    if (namespaces.network._tag === "New") {
      set(
        unprivilegedPorts.name,
        unprivilegedPorts.value,
        Reason.policy("ports below 1024 need no privilege")
      )
      // Groups that a user namespace does not map cannot be named in it.
      if (namespaces.user._tag === "Host" && ids._tag !== "Inherited") {
        set(pingGroups.name, pingGroups.value, Reason.policy("ping needs no privilege"))
      }
    }
    for (const [name, value] of Object.entries(options.sysctls)) {
      const kind = Sysctls.isIpc(name) ? "ipc" : "network"
      if (namespaces[kind]._tag === "Host") {
        const message = `sysctl ${JSON.stringify(name)} not allowed in host ${kind} namespace`
        return yield* Either.left(setting("--sysctl", message))
      }
      set(name, value, Reason.flag(`--sysctl ${name}=${value}`))
    }
    return [...values.values()]
  })

const guarded = (options: ContainerOptions, paths: ReadonlyArray<GuardedPath>): ReadonlyArray<GuardedPath> =>
  options.privileged || options.security.systemPathsUnconfined ? [] : paths

/** The name that the container knows itself by: the host's with the host's network, as Docker has it. */
export const hostnameOf = (options: ContainerOptions, host: Host, id: string): string =>
  options.hostname ?? (options.network._tag === "Host" ? host.hostname : id.slice(0, 12))

/**
 * The specification of a container: flags over the image's configuration over Docker's defaults, with everything that
 * only the host knows handed in. Errors are `Setting`s in Docker's words.
 */
export const resolve = (
  options: ContainerOptions,
  image: ExecutionConfig,
  host: Host,
  facts: ContainerFacts
): Either.Either<ContainerSpec, InvalidOption> =>
  Either.gen(function* () {
    const namespaces = yield* ResolveNamespaces.resolve(options, host, facts)
    const hostname = hostnameOf(options, host, facts.id)
    const process = yield* ResolveProcess.resolve(options, image, hostname, host, facts)
    const requests = mountRequests(options, image)
    const mounts = yield* ResolveMounts.resolve(options, requests, host, namespaces, facts)
    const devices = yield* ResolveDevices.resolve(options, facts)
    // A /dev that was asked for stays as it is.
    const ownDev = mounts.some((mount) => mount._tag === "Tmpfs" && mount.target === "/dev")
    const privateUts = namespaces.uts._tag === "New"
    return {
      id: facts.id,
      runtime: yield* RuntimeChoice.resolve(options.runtime, facts.paths, host.cgroup._tag !== "None"),
      architecture: host.architecture,
      root: facts.root,
      readonlyRoot: {
        value: options.readonlyRoot,
        reason: options.readonlyRoot
          ? Reason.flag("--read-only")
          : Reason.policy("writes go to the container's own layer")
      },
      rootPropagation: ResolveMounts.rootPropagation(mounts),
      process,
      namespaces,
      hostname: privateUts ? hostname : undefined,
      domainname: privateUts ? options.domainname : undefined,
      mounts,
      deviceNodes: host.ids._tag === "Same" ? "create" : "bind",
      devices: ownDev ? devices.nodes : [],
      deviceLinks: ownDev ? DockerDefaults.deviceLinks : [],
      maskedPaths: guarded(options, [
        ...DockerDefaults.maskedPaths,
        ...host.thermalCpus.map(DockerDefaults.thermalThrottle)
      ]),
      readonlyPaths: guarded(options, DockerDefaults.readonlyPaths),
      sysctls: yield* sysctls(options, namespaces, host.ids),
      cgroup: yield* ResolveCgroup.resolve(options, devices.rules, host, facts),
      statusFile: facts.statusFile
    }
  })
