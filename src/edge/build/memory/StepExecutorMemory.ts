import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RootFileSystem } from "../../../core/container/ContainerSpec.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import * as Digests from "../../../core/oci/Digest.js"
import type { Operation, Origin } from "../../../core/plan/Operation.js"
import * as Owner from "../../../core/plan/Owner.js"
import { HostProbe } from "../../host/HostProbe.js"
import { Runtime } from "../../runtime/Runtime.js"
import * as RuntimeRecording from "../../runtime/RuntimeRecording.js"
import { CacheMounts } from "../../store/CacheMounts.js"
import { LayerStore } from "../../store/LayerStore.js"
import type { FileTree } from "../../store/memory/FileNode.js"
import { emptyTree } from "../../store/memory/FileNode.js"
import { Memory } from "../../store/memory/MemoryState.js"
import * as Accounts from "../Accounts.js"
import * as BuildError from "../BuildError.js"
import * as Copier from "../Copier.js"
import * as CopyStep from "../CopyStep.js"
import * as InputReader from "../InputReader.js"
import * as RunMounts from "../RunMounts.js"
import { type PreparedStep, StepExecutor, type StepInputs, type StepRequest } from "../StepExecutor.js"
import { Commands, type Run } from "./Commands.js"
import * as MemoryCommand from "./MemoryCommand.js"
import * as MemoryCopy from "./MemoryCopy.js"
import { MemoryMounts } from "./MemoryMounts.js"
import { MemoryTarget } from "./MemoryTarget.js"
import * as MemoryTree from "./MemoryTree.js"

type Prepared = Effect.Effect<PreparedStep, BuildError.BuildError>
type Of<Tag extends Operation["_tag"]> = Extract<Operation, { readonly _tag: Tag }>

const attempt = <A>(doing: string, work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, doing) })

const told = (error: { readonly message: string }): BuildError.BuildError =>
  BuildError.make("io", error.message, error)

const empty = MemoryTree.of(emptyTree, "kept")

const make = (commands: Commands, remote: MemoryCopy.Remote) =>
  Effect.gen(function* () {
    const { state } = yield* Memory
    const layers = yield* LayerStore
    const services = { commands, runtime: yield* Runtime, probe: yield* HostProbe }
    const caches = yield* CacheMounts

    const treeOf = (request: StepRequest, origin: Origin): InputReader.DigestedTree => {
      if (origin._tag === "Context") return request.context
      const named = origin._tag === "Named" ? request.named(origin.name) : undefined
      if (named !== undefined) return named
      const chain = origin._tag === "Scratch" ? undefined : request.layersOf(origin)
      return chain === undefined ? empty : MemoryTree.of(state.tree(chain), "kept")
    }

    /** Stores what a step has made of its parent's tree. */
    const adopt = (request: StepRequest, before: FileTree, after: FileTree) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { upper } = yield* layers.workspace
          yield* Effect.sync(() => state.uppers.set(upper, PathTree.diff(before, after)))
          return yield* layers.adopt({ parent: request.parent, upper })
        })
      ).pipe(Effect.mapError(told))

    const nowSeconds = Effect.map(Clock.currentTimeMillis, (millis) => Math.floor(millis / 1000))

    const fetched = (operation: Of<"Copy">): Effect.Effect<StepInputs["remote"], BuildError.BuildError> =>
      Effect.forEach(
        operation.sources.filter((source) => source._tag === "Http"),
        ({ url, checksum }) => {
          const content = remote.get(url)
          if (content === undefined)
            return BuildError.make("remote", `invalid response status 404 for ${url}`)
          const digest = Digests.ofBytes(content)
          return checksum === undefined || checksum === digest
            ? Effect.succeed({ url, digest })
            : BuildError.make("remote", `digest mismatch ${digest}: ${checksum}`)
        }
      )

    const prepareCopy = (request: StepRequest, operation: Of<"Copy">): Prepared =>
      Effect.gen(function* () {
        const { origin } = operation
        const tree = treeOf(request, origin)
        const hasPaths = operation.sources.some((source) => source._tag === "Path")
        const input = yield* attempt("failed to read the sources", () =>
          InputReader.read(tree, CopyStep.selections(operation))
        )
        const files = hasPaths ? [{ origin, label: request.label, input }] : []
        const remoteInputs = yield* fetched(operation)
        const sources = CopyStep.summary(operation, { files, remote: remoteInputs })
        const execute = Effect.gen(function* () {
          const before = state.tree(request.parent)
          const target = new MemoryTarget(before, yield* nowSeconds)
          yield* CopyStep.copy({ operation, origin: tree, ...MemoryCopy.make(target, remote) })
          return yield* adopt(request, before, target.current)
        })
        return { inputs: { files, remote: remoteInputs, sources }, execute: Effect.scoped(execute) }
      })

    const prepareWorkdir = (request: StepRequest, operation: Of<"Workdir">): Prepared =>
      Effect.succeed({
        inputs: { files: [], remote: [], sources: "" },
        execute: Effect.gen(function* () {
          const before = state.tree(request.parent)
          const target = new MemoryTarget(before, yield* nowSeconds)
          yield* attempt("failed to make the working directory", () => {
            const owner = Owner.resolve(operation.user, Accounts.of(target.tree))
            Copier.makeDirectory(target, operation.path, owner)
          })
          return yield* adopt(request, before, target.current)
        })
      })

    const prepareExec = (request: StepRequest, operation: Of<"Exec">): Prepared =>
      Effect.gen(function* () {
        const trees = (origin: Origin) => treeOf(request, origin)
        const files = yield* Effect.scoped(
          RunMounts.inputs(request, operation, (origin) => Effect.sync(() => trees(origin)))
        )
        const execute = Effect.gen(function* () {
          const before = state.tree(request.parent)
          const after = yield* MemoryCommand.run(services, {
            request,
            operation,
            mounts: new MemoryMounts(state, caches, trees),
            save: (directory, tree) => state.directories.set(directory, tree),
            tree: before,
            id: Digests.hex(Digests.ofBytes(`container ${state.next()}`)),
            root: yield* rootOf(request),
            nowSeconds: yield* nowSeconds
          })
          return yield* adopt(request, before, after)
        })
        return { inputs: { files, remote: [], sources: "" }, execute }
      })

    const rootOf = ({ parent }: StepRequest): Effect.Effect<RootFileSystem, BuildError.BuildError> =>
      Effect.scoped(
        Effect.gen(function* () {
          const { upper, work, merged } = yield* Effect.mapError(layers.workspace, told)
          const lower = parent === undefined ? [] : yield* Effect.mapError(layers.lowerDirs(parent), told)
          return lower.length === 0
            ? { _tag: "Directory", path: upper }
            : { _tag: "Overlay", lower, upper, work, merged, userxattr: false }
        })
      )

    return StepExecutor.of({
      prepare: (request) => {
        const { operation } = request
        switch (operation._tag) {
          case "Copy":
            return Effect.mapError(prepareCopy(request, operation), CopyStep.told(operation))
          case "Workdir":
            return prepareWorkdir(request, operation)
          case "Exec":
            return prepareExec(request, operation)
        }
      }
    })
  })

/**
 * Steps on trees in memory, with commands that the recording runtime starts and `run` answers for. Everything is as on a
 * disk but what needs one: ADD of git repositories, and of archives that Node cannot decompress.
 */
export const layerMemory = (
  run: Run,
  remote: MemoryCopy.Remote
): Layer.Layer<
  StepExecutor | RuntimeRecording.Recorder,
  never,
  Memory | LayerStore | CacheMounts | HostProbe
> =>
  Layer.unwrapEffect(
    Effect.sync(() => {
      const commands = new Commands(run)
      return Layer.effect(StepExecutor, make(commands, remote)).pipe(
        Layer.provideMerge(RuntimeRecording.layerRecording(commands.script))
      )
    })
  )
