import * as Effect from "effect/Effect"
import * as Account from "../core/container/Account.js"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { Stream, Terminal } from "../core/container/ContainerProcess.js"
import type { ContainerFacts, Host } from "../core/container/HostFacts.js"
import * as MountTargets from "../core/container/MountTargets.js"
import * as NetworkFiles from "../core/container/NetworkFiles.js"
import * as Resolve from "../core/container/Resolve.js"
import * as Program from "../core/program/Program.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { SelfCommand } from "../edge/host/SelfCommand.js"
import type { Size } from "../edge/linux/TerminalDevice.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { StoreRoot } from "../edge/store/StoreRoot.js"
import { VolumeStore } from "../edge/store/VolumeStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { invalid } from "./EngineError.js"
import { neighbours } from "./Neighbours.js"
import * as SharedNetwork from "./SharedNetwork.js"

const inherited: Stream = { _tag: "Inherited" }

/** The streams of a process: a terminal of its own, or descriptors that we open. */
export const streams = (
  options: Pick<ContainerOptions, "tty" | "interactive">,
  size: Size | undefined
): Pick<ContainerFacts, "stdin" | "stdout" | "stderr" | "terminal" | "terminalSize"> => {
  const terminal: Terminal = { _tag: "Socket", fd: Program.firstPassedFd }
  return options.tty
    ? {
        stdin: { _tag: "Terminal" },
        stdout: { _tag: "Terminal" },
        stderr: { _tag: "Terminal" },
        terminal,
        terminalSize: size
      }
    : {
        stdin: options.interactive ? inherited : { _tag: "Null" },
        stdout: inherited,
        stderr: inherited,
        terminal: undefined,
        terminalSize: undefined
      }
}

/**
 * The specification to start a container with now: its request, and what the host answers. Makes what is missing on the way:
 * bind sources of -v, the contents of new volumes, the network files.
 */
export const prepareSpec = (container: StoredContainer, size: Size | undefined) =>
  Effect.gen(function* () {
    const probe = yield* HostProbe
    const host = yield* probe.host
    const known = yield* SharedNetwork.known(container, yield* ContainerRequest.options(container.record))
    const { options } = known
    const layers = yield* rootLayers(container)
    const facts = yield* gather(container, known, host, layers, size)
    return yield* resolved(container, options, host, layers, facts)
  })

/** What a plan shows: the specification of a container that was not made, with nothing made on the way. */
export const planSpec = (container: StoredContainer, size: Size | undefined) =>
  Effect.gen(function* () {
    const host = yield* (yield* HostProbe).host
    const known = yield* SharedNetwork.known(container, yield* ContainerRequest.options(container.record))
    const { options } = known
    const layers = yield* rootLayers(container)
    const facts = yield* look(container, known, host, layers, size)
    return yield* resolved(container, options, host, layers, facts)
  })

const resolved = (
  { record, paths }: StoredContainer,
  options: ContainerOptions,
  host: Host,
  layers: RootLayers,
  facts: ContainerFacts
) =>
  Effect.gen(function* () {
    const files = yield* ContainerFiles
    const spec = yield* Resolve.resolve(options, record.config, host, facts)
    const tree = [paths.upper, ...layers.directories]
    return MountTargets.redirect(spec, yield* files.dangling(tree, MountTargets.questions(spec)))
  })

/** The directories that make up the container's root: links for overlay's options, and where they really are. */
const rootLayers = ({ record, paths }: StoredContainer) =>
  Effect.gen(function* () {
    const store = yield* LayerStore
    // overlay needs a lower directory: the empty mount point is one.
    if (record.chainId === undefined) return { links: [paths.merged], directories: [] }
    return {
      links: yield* store.lowerLinks(record.chainId),
      directories: yield* store.lowerDirs(record.chainId)
    }
  })

type RootLayers = Effect.Effect.Success<ReturnType<typeof rootLayers>>

/** Answers without changing anything. */
const look = (
  container: StoredContainer,
  { options, paths: shared }: SharedNetwork.Known,
  host: Host,
  layers: RootLayers,
  size: Size | undefined
) =>
  Effect.gen(function* () {
    const { record, paths } = container
    const probe = yield* HostProbe
    const files = yield* ContainerFiles
    const questions = Resolve.questions(options)
    const { passwd, group } = yield* files.accounts(
      [paths.upper, ...layers.directories],
      Account.maximumBytes
    )
    const facts: ContainerFacts = {
      id: record.id,
      root: {
        _tag: "Overlay",
        lower: layers.links,
        upper: paths.upper,
        work: paths.work,
        merged: paths.merged,
        userxattr: host.ids._tag !== "Same"
      },
      hostsFile: shared.hosts,
      hostnameFile: shared.hostname,
      resolvConfFile: shared.resolvConf,
      passwd,
      group,
      volumes: yield* volumePaths(container),
      imageMounts: {},
      paths: yield* probe.kinds([...questions.paths, ...questions.programs]),
      devices: yield* probe.devices(questions.devices),
      hostDevices: options.privileged ? ((yield* probe.devices(["/dev"]))["/dev"] ?? []) : [],
      containers: yield* neighbours(questions.containers, options),
      statusFile: paths.exit,
      ...streams(options, size)
    }
    return facts
  })

const gather = (
  container: StoredContainer,
  known: SharedNetwork.Known,
  host: Host,
  layers: RootLayers,
  size: Size | undefined
) =>
  Effect.gen(function* () {
    const probe = yield* HostProbe
    const { options } = known
    const questions = Resolve.questions(options)
    const kinds = yield* probe.kinds(questions.make)
    for (const path of questions.make) if (kinds[path] === "missing") yield* probe.makeDirectory(path)
    yield* provideVolumes(container, host)
    if (known.owner === undefined) yield* writeNames(container, options, host)
    return yield* look(container, known, host, layers, size)
  })

/** The files about names of a container whose network nobody else had first. */
const writeNames = (container: StoredContainer, options: ContainerOptions, host: Host) =>
  Effect.gen(function* () {
    const probe = yield* HostProbe
    const files = NetworkFiles.make(options, Resolve.hostnameOf(options, host, container.record.id), {
      hosts: yield* probe.text("/etc/hosts"),
      resolvConf: yield* probe.text("/etc/resolv.conf"),
      ...(yield* namesOf(container, options, host))
    })
    yield* (yield* ContainerFiles).writeNetwork(container.paths, files)
  })

const hostNames = { network: "host", gateway: "127.0.0.1" } as const

/** How a container's names stand to the host's: it shares them, or its networks say. */
const namesOf = (container: StoredContainer, options: ContainerOptions, host: Host) =>
  Effect.gen(function* () {
    if (options.network._tag === "Host") return hostNames
    if (options.network._tag === "Default" && host.network === "host") return hostNames
    if (options.connections.length === 0) return { ...hostNames, network: "own" as const }
    if (host.network === "pasta" || host.network === "slirp4netns") {
      const user = yield* Effect.promise(() => import("./JoinUserNetwork.js"))
      return yield* user.namesIn(options, host.network)
    }
    const { namesIn } = yield* Effect.promise(() => import("./NetworkNames.js"))
    return yield* namesIn(container.record.id, options.connections, options)
  })

const volumePaths = ({ record }: StoredContainer) =>
  Effect.gen(function* () {
    const { volumes } = yield* ContainerRequest.kept(record)
    const options = yield* ContainerRequest.options(record)
    const store = yield* VolumeStore
    const paths: Record<string, string> = {}
    for (const [target, { name }] of Object.entries(volumes)) {
      const { mountpoint } = yield* Effect.catchIf(
        store.get(name),
        ({ reason }) => reason === "Missing",
        // A plan shows where a volume that is not made yet will be.
        () => Effect.map(StoreRoot, ({ paths }) => ({ mountpoint: `${paths.volumes}/${name}/_data` }))
      )
      const request = options.mounts.find((mount) => mount._tag === "Volume" && mount.target === target)
      const subpath = request?._tag === "Volume" ? request.subpath : undefined
      paths[target] = subpath === undefined ? mountpoint : yield* inside(mountpoint, subpath)
    }
    return paths
  })

/** A directory of a volume, found without leaving it. */
const inside = (mountpoint: string, subpath: string) =>
  Effect.flatMap(ContainerFiles, (files) =>
    Effect.flatMap(files.directoryWithin(mountpoint, subpath), (found) =>
      found === undefined
        ? invalid(`cannot access path ${mountpoint}/${subpath}: no such directory in the volume`)
        : Effect.succeed(found)
    )
  )

/** The new volumes of a container that are to get what its image has where they are shown. */
const emptyVolumes = ({ record }: StoredContainer) =>
  Effect.gen(function* () {
    const files = yield* ContainerFiles
    const store = yield* VolumeStore
    const { volumes } = yield* ContainerRequest.kept(record)
    const found: Array<{ readonly target: string; readonly mountpoint: string }> = []
    for (const [target, { name, copyUp }] of Object.entries(volumes)) {
      if (!copyUp) continue
      const { mountpoint } = yield* store.get(name)
      if (yield* files.isEmpty(mountpoint)) found.push({ target, mountpoint })
    }
    return found
  })

/** Fills a container's new volumes from its image; owners are kept, so this is for who is root, mapped or not. */
export const fillVolumes = (container: StoredContainer) =>
  Effect.gen(function* () {
    const files = yield* ContainerFiles
    const { directories } = yield* rootLayers(container)
    for (const { target, mountpoint } of yield* emptyVolumes(container))
      yield* files.copyUp([container.paths.upper, ...directories], target, mountpoint)
  })

/** An ordinary user may not give files away: a process that is root of the user's ids does it. */
const provideVolumes = (container: StoredContainer, host: Host) =>
  Effect.gen(function* () {
    if (host.ids._tag !== "Own") return yield* fillVolumes(container)
    if ((yield* emptyVolumes(container)).length === 0) return
    yield* (yield* SelfCommand).run(["fill-volumes", container.record.id], () => {})
  })
