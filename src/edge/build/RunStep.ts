import * as crypto from "node:crypto"
import * as fs from "node:fs"
import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ContainerOptions } from "../../core/container/ContainerOptions.js"
import type { ContainerSpec, RootFileSystem } from "../../core/container/ContainerSpec.js"
import type { Flags } from "../../core/container/Flags.js"
import type { ContainerFacts, Host } from "../../core/container/HostFacts.js"
import * as MountTargets from "../../core/container/MountTargets.js"
import * as NetworkFiles from "../../core/container/NetworkFiles.js"
import * as ReadOptions from "../../core/container/ReadOptions.js"
import * as Resolve from "../../core/container/Resolve.js"
import type { Operation } from "../../core/plan/Operation.js"
import type { LayerRecord } from "../../core/store/LayerRecord.js"
import type { HostProbe } from "../host/HostProbe.js"
import * as LayeredTree from "../host/LayeredTree.js"
import type { Runtime } from "../runtime/Runtime.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreConfig } from "../store/StoreRoot.js"
import * as BuildError from "./BuildError.js"
import * as CommandOutput from "./CommandOutput.js"
import * as MountStubs from "./MountStubs.js"
import * as OtherPids from "./OtherPids.js"
import * as ReadOrder from "./ReadOrder.js"
import type { PreparedMounts } from "./RunMounts.js"
import type { StepRequest } from "./StepExecutor.js"
import * as StepRoot from "./StepRoot.js"

type Exec = Extract<Operation, { readonly _tag: "Exec" }>

export interface RunServices {
  readonly layers: LayerStore["Type"]
  readonly identity: StoreConfig["identity"]
  readonly runtime: Runtime["Type"]
  readonly probe: HostProbe["Type"]
}

const ioError = (error: { readonly message: string }): BuildError.BuildError =>
  BuildError.make("io", error.message, error)

const hostnameOf = ({ sandbox }: Pick<Exec, "sandbox">): string => sandbox.hostName ?? "buildkitsandbox"

/** What a step's container finds at its place. */
export type StepFacts = Pick<
  ContainerFacts,
  | "id"
  | "root"
  | "hostsFile"
  | "hostnameFile"
  | "resolvConfFile"
  | "passwd"
  | "group"
  | "imageMounts"
  | "paths"
>

/** The specification of a step's container: its output goes to whoever starts it, it reads nothing. */
export const resolved = (
  options: ContainerOptions,
  host: Host,
  place: StepFacts
): Either.Either<ContainerSpec, BuildError.BuildError> => {
  const facts: ContainerFacts = {
    ...place,
    volumes: {},
    devices: {},
    hostDevices: [],
    containers: {},
    stdin: { _tag: "Null" },
    stdout: { _tag: "Inherited" },
    stderr: { _tag: "Inherited" },
    terminal: undefined,
    terminalSize: undefined,
    statusFile: undefined
  }
  return Either.mapLeft(Resolve.resolve(options, {}, host, facts), (error) =>
    BuildError.make("mount", error.message, error)
  )
}

/** The options of a container that runs a build step: Docker's defaults, the step's command, user, directory, network. */
export const optionsOf = (
  operation: Exec,
  mounts: PreparedMounts
): Either.Either<ContainerOptions, BuildError.BuildError> =>
  Either.mapBoth(
    ReadOptions.read(flagsOf(operation), [], { environment: {}, workingDirectory: "/", files: {} }),
    {
      onLeft: (error) => BuildError.make("mount", error.message, error),
      onRight: (options) => ({
        ...options,
        command: operation.argv,
        entrypoint: [""],
        env: [...operation.env, ...operation.proxy, ...mounts.env],
        workingDirectory: operation.cwd,
        user: operation.user,
        hostname: hostnameOf(operation),
        privileged: operation.security === "insecure",
        mounts: mounts.requests
      })
    }
  )

const flagsOf = ({ network, sandbox }: Pick<Exec, "network" | "sandbox">): Flags => ({
  network: [network === "default" ? "host" : network],
  "add-host": sandbox.hosts,
  ulimit: sandbox.ulimits,
  "shm-size": sandbox.shmSize === undefined ? [] : [sandbox.shmSize],
  "cgroup-parent": sandbox.cgroupParent === undefined ? [] : [sandbox.cgroupParent]
})

/** A command that has ended, and the directory that holds what it wrote. */
export interface Ended {
  readonly root: StepRoot.StepRoot
  readonly code: number
}

const targetOf = ({ target }: { readonly target: string }): string => target

/** Runs a command in a container above a stack. */
export const run = (
  services: RunServices,
  request: StepRequest,
  operation: Exec,
  mounts: PreparedMounts
): Effect.Effect<Ended, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { layers, runtime } = services
    const workspace = yield* Effect.mapError(layers.workspace, ioError)
    const lower =
      request.parent === undefined ? [] : yield* Effect.mapError(layers.lowerDirs(request.parent), ioError)
    const links =
      request.parent === undefined ? [] : yield* Effect.mapError(layers.lowerLinks(request.parent), ioError)
    yield* Effect.sync(() => StepRoot.likeRoot(lower[0], workspace.upper))
    const { upper, work, merged } = workspace
    const order =
      request.isPerturbed === true && lower.length > 0
        ? yield* ReadOrder.make(layers, services.identity, request.parent, `${workspace.dir}/order`)
        : ReadOrder.same
    const root: RootFileSystem =
      lower.length === 0
        ? { _tag: "Directory", path: upper }
        : {
            _tag: "Overlay",
            lower: [...links, ...order.lower],
            upper,
            work,
            merged,
            userxattr: services.identity !== "root"
          }
    const usual = yield* specOf(services, operation, mounts, root, lower, workspace.dir)
    const wanted = request.isPerturbed === true ? OtherPids.of(usual) : usual
    const { spec, absent } = yield* Effect.sync(() => {
      const dangling = LayeredTree.danglingOf(lower, MountTargets.questions(wanted))
      const made = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", ...mounts.requests.map(targetOf)]
      return {
        spec: MountTargets.redirect(wanted, dangling),
        absent: MountStubs.absent(
          lower,
          made.map((target) => dangling[target] ?? target)
        )
      }
    })
    yield* request.report({ _tag: "Running", container: spec.id })
    const started = yield* Effect.mapError(
      runtime.start(spec, {
        stdio: ["ignore", "pipe", "pipe"],
        descriptors: order.descriptors,
        lifetime: "bound"
      }),
      (error) => BuildError.make("command", `unable to start container process: ${error.message}`, error)
    )
    yield* Effect.addFinalizer(() =>
      Effect.zipRight(
        Effect.ignore(runtime.killAll(started.state, spec)),
        Effect.ignore(runtime.remove(spec))
      )
    )
    const relay = (stream: "stdout" | "stderr", readable: Readable | undefined) =>
      readable === undefined
        ? Effect.void
        : Stream.runForEach(CommandOutput.texts(readable), (text) =>
            request.report({ _tag: "Output", stream, text })
          )
    const [, , status] = yield* Effect.all(
      [relay("stdout", started.streams.stdout), relay("stderr", started.streams.stderr), started.exit],
      { concurrency: "unbounded" }
    )
    yield* Effect.sync(() => MountStubs.remove(upper, absent))
    if (status.code === 0) yield* request.report({ _tag: "Removed", container: spec.id })
    return { root: { root: upper, upper, scratch: workspace.dir }, code: status.code }
  })

/** What the classic builder says of a command that failed; the build exits with the command's code. */
export const failed = (operation: Exec, code: number, layer?: LayerRecord): BuildError.BuildError =>
  new BuildError.BuildError({
    ...(layer === undefined ? {} : { layer }),
    reason: "command",
    message: `The command '${operation.argv.join(" ")}' returned a non-zero code: ${code}`,
    exitCode: code
  })

const specOf = (
  services: RunServices,
  operation: Exec,
  mounts: PreparedMounts,
  root: RootFileSystem,
  lower: ReadonlyArray<string>,
  directory: string
): Effect.Effect<ContainerSpec, BuildError.BuildError> =>
  Effect.gen(function* () {
    const { probe } = services
    const host = yield* Effect.mapError(probe.host, ioError)
    const options = yield* optionsOf(operation, mounts)
    const files = NetworkFiles.make(options, hostnameOf(operation), {
      hosts: yield* probe.text("/etc/hosts"),
      network: operation.network === "host" ? "host" : "own",
      resolvConf: yield* probe.text("/etc/resolv.conf"),
      gateway: "127.0.0.1"
    })
    const place = (name: string, text: string): string => {
      const path = `${directory}/${name}`
      fs.writeFileSync(path, text, { mode: 0o644 })
      return path
    }
    return yield* resolved(options, host, {
      id: crypto.randomBytes(32).toString("hex"),
      root,
      hostsFile: place("hosts", files.hosts),
      hostnameFile: place("hostname", files.hostname),
      resolvConfFile: place("resolv.conf", files.resolvConf),
      passwd: LayeredTree.readText(lower, "/etc/passwd", accountBytesMax),
      group: LayeredTree.readText(lower, "/etc/group", accountBytesMax),
      imageMounts: mounts.views,
      paths: yield* probe.kinds(mounts.requests.flatMap((one) => (one._tag === "Bind" ? [one.source] : [])))
    })
  })

const accountBytesMax = 8 * 1024 * 1024
