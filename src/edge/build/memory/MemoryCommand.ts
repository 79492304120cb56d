import type { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ContainerSpec, RootFileSystem } from "../../../core/container/ContainerSpec.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import type { Operation } from "../../../core/plan/Operation.js"
import * as TreePath from "../../../core/plan/TreePath.js"
import type { HostProbe } from "../../host/HostProbe.js"
import type { Runtime } from "../../runtime/Runtime.js"
import type { FileTree } from "../../store/memory/FileNode.js"
import * as Accounts from "../Accounts.js"
import * as BuildError from "../BuildError.js"
import * as CommandOutput from "../CommandOutput.js"
import * as Resolve from "../Resolve.js"
import * as RunMounts from "../RunMounts.js"
import * as RunStep from "../RunStep.js"
import type { StepRequest } from "../StepExecutor.js"
import type { Command, CommandOutcome, Commands } from "./Commands.js"
import * as Files from "./Files.js"
import * as MemoryMounts from "./MemoryMounts.js"
import { MemoryTarget } from "./MemoryTarget.js"
import * as MemoryTree from "./MemoryTree.js"

type Exec = Extract<Operation, { readonly _tag: "Exec" }>

export interface CommandServices {
  readonly commands: Commands
  readonly runtime: Runtime["Type"]
  readonly probe: HostProbe["Type"]
}

/** A RUN in memory: what it starts from, and as which container. */
export interface MemoryRun {
  readonly request: StepRequest
  readonly operation: Exec
  readonly mounts: MemoryMounts.MemoryMounts
  /** Keeps what a command has made of a cache mount's directory. */
  readonly save: (directory: string, tree: FileTree) => void
  readonly tree: FileTree
  readonly id: string
  readonly root: RootFileSystem
  readonly nowSeconds: number
}

const told = (error: { readonly message: string }): BuildError.BuildError =>
  BuildError.make("io", error.message, error)

/** Runs a command through the recording runtime; gives the tree that it leaves. */
export const run = (services: CommandServices, step: MemoryRun) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { request, operation, mounts } = step
      const prepared = yield* RunMounts.prepare(request, operation, mounts.places)
      const mounted = mounts.mounted(prepared.requests)
      const spec = yield* specOf(services, step, prepared)
      services.commands.expect(commandOf(step, mounted, spec))
      yield* request.report({ _tag: "Running", container: spec.id })
      const started = yield* Effect.mapError(
        services.runtime.start(spec, {
          stdio: ["ignore", "pipe", "pipe"],
          descriptors: [],
          lifetime: "bound"
        }),
        (error) => BuildError.make("command", `unable to start container process: ${error.message}`, error)
      )
      const relay = (stream: "stdout" | "stderr", readable: Readable | undefined) =>
        readable === undefined
          ? Effect.void
          : Stream.runForEach(CommandOutput.texts(readable), (text) =>
              request.report({ _tag: "Output", stream, text })
            )
      // One after the other: what a test sees does not depend on which pipe is quicker.
      yield* relay("stdout", started.streams.stdout)
      yield* relay("stderr", started.streams.stderr)
      const status = yield* started.exit
      if (status.code !== 0) return yield* RunStep.failed(operation, status.code)
      yield* request.report({ _tag: "Removed", container: spec.id })
      return yield* Effect.try({
        try: () => changed(step, mounted, services.commands.outcomeOf(spec.id)),
        catch: (thrown) => BuildError.ofThrown(thrown, "cannot write what the command wrote")
      })
    })
  )

const specOf = (
  { probe }: CommandServices,
  { operation, mounts, tree, id, root }: MemoryRun,
  prepared: RunMounts.PreparedMounts
): Effect.Effect<ContainerSpec, BuildError.BuildError> =>
  Effect.gen(function* () {
    const host = yield* Effect.mapError(probe.host, told)
    const options = yield* RunStep.optionsOf(operation, prepared)
    const sources = prepared.requests.flatMap((one) => (one._tag === "Bind" ? [one.source] : []))
    return yield* RunStep.resolved(options, host, {
      id,
      root,
      hostsFile: undefined,
      hostnameFile: undefined,
      resolvConfFile: undefined,
      imageMounts: prepared.views,
      ...Accounts.of(MemoryTree.of(tree, "kept")),
      paths: Object.fromEntries(sources.map((path) => [path, mounts.kindOf(path)]))
    })
  })

const commandOf = (
  { operation, tree }: MemoryRun,
  mounted: ReadonlyArray<MemoryMounts.Mounted>,
  spec: ContainerSpec
): Command => {
  const seen = MemoryMounts.over(tree, mounted)
  const view = MemoryTree.of(seen, "kept")
  const find = (path: string) =>
    PathTree.at(seen, Resolve.resolve(view, TreePath.under(operation.cwd, path), "follow"))
  const { argv, cwd, network } = operation
  const env = spec.process.env.map((each) => {
    const at = each.indexOf("=")
    return [each.slice(0, at), each.slice(at + 1)] as const
  })
  const { uid, gid } = spec.process.identity
  return {
    argv,
    text: argv.at(-2) === "-c" ? (argv.at(-1) ?? "") : argv.join(" "),
    env: Object.fromEntries(env),
    cwd,
    user: { uid, gid },
    network,
    read: (path) => {
      const found = find(path)
      return found?.data.kind === "file" ? new TextDecoder().decode(found.data.content) : undefined
    },
    names: (path) => [...(find(path)?.children?.keys() ?? [])].sort(),
    spec
  }
}

/** Each given path without a leading slash, taken from the command's directory, in the mount or root that has it. */
const changed = (
  step: MemoryRun,
  mounted: ReadonlyArray<MemoryMounts.Mounted>,
  outcome: CommandOutcome
): FileTree => {
  const { operation, tree, nowSeconds } = step
  const root = new MemoryTarget(tree, nowSeconds)
  const caches = new Map<string, MemoryTarget>()
  const placeOf = (given: string): readonly [MemoryTarget | undefined, string] => {
    const path = TreePath.absolute(TreePath.under(operation.cwd, given)).slice(1)
    const held = MemoryMounts.holder(mounted, path)
    if (held === undefined) return [root, path]
    if (held.cache === undefined) return [undefined, path]
    const cache = caches.get(held.cache) ?? new MemoryTarget(held.tree, nowSeconds)
    caches.set(held.cache, cache)
    return [cache, path.slice(held.target.length + 1)]
  }
  for (const given of outcome.removed ?? []) {
    const [target, path] = placeOf(given)
    if (target?.tree.entry(path) !== undefined) target.remove(path)
  }
  for (const [given, file] of Object.entries(outcome.files ?? {})) {
    const [target, path] = placeOf(given)
    if (target !== undefined)
      Files.write(target, { [given.endsWith("/") ? `${path}/` : path]: file }, nowSeconds)
  }
  for (const [directory, target] of caches) step.save(directory, target.current)
  return root.current
}
