import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Digest } from "../../core/oci/Digest.js"
import type * as InputFiles from "../../core/plan/InputFiles.js"
import type { Operation, Origin } from "../../core/plan/Operation.js"
import * as Owner from "../../core/plan/Owner.js"
import * as Selection from "../../core/plan/Selection.js"
import { HostProbe } from "../host/HostProbe.js"
import { Runtime } from "../runtime/Runtime.js"
import { CacheMounts } from "../store/CacheMounts.js"
import { LayerStore } from "../store/LayerStore.js"
import { StoreRoot } from "../store/StoreRoot.js"
import * as Accounts from "./Accounts.js"
import * as BuildError from "./BuildError.js"
import type { ContextTree } from "./ContextTree.js"
import * as Copier from "./Copier.js"
import * as CopyStep from "./CopyStep.js"
import * as EarlierCopy from "./EarlierCopy.js"
import * as FileDigest from "./FileDigest.js"
import * as ForeignCommands from "./ForeignCommands.js"
import * as HostCopy from "./HostCopy.js"
import * as HostTarget from "./HostTarget.js"
import * as InputMemo from "./InputMemo.js"
import * as InputReader from "./InputReader.js"
import * as RemoteSources from "./RemoteSources.js"
import * as RootTree from "./RootTree.js"
import * as RunMounts from "./RunMounts.js"
import * as RunStep from "./RunStep.js"
import type { SourceTree } from "./SourceTree.js"
import { type PreparedStep, StepExecutor, type StepInputs, type StepRequest } from "./StepExecutor.js"
import * as StepRoot from "./StepRoot.js"
import { WrittenFiles } from "./WrittenFiles.js"

type Prepared = Effect.Effect<PreparedStep, BuildError.BuildError, Scope.Scope>
type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>

/** What a copy reads of its origin. */
interface CopyInputs extends Pick<StepInputs, "files"> {
  readonly selection?: Digest
  readonly sources?: string
}
type ExecOperation = Extract<Operation, { readonly _tag: "Exec" }>

const attempt = <A>(doing: string, work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, doing) })

/** The files that come from the user: the context, or a named one. */
const contextOf = (request: StepRequest, origin: Origin): ContextTree | undefined =>
  origin._tag === "Context"
    ? request.context
    : origin._tag === "Named"
      ? request.named(origin.name)
      : undefined

const digested = (tree: SourceTree): InputReader.DigestedTree => ({
  ...tree,
  digest: (path, entry) => FileDigest.ofFile(tree.hostPath(path), path, entry)
})

/** What a copy writes; nothing is written any more when the scope closes. */
const writing = Effect.acquireRelease(
  Effect.sync(() => new WrittenFiles()),
  (written) => Effect.promise(() => written.settled().catch(() => undefined))
)

/** On overlayfs, with containers of the Runtime. */
export const layer: Layer.Layer<
  StepExecutor,
  never,
  StoreRoot | CacheMounts | LayerStore | Runtime | HostProbe
> = Layer.effect(
  StepExecutor,
  Effect.gen(function* () {
    const layers = yield* LayerStore
    const { paths, identity } = yield* StoreRoot
    const running: RunStep.RunServices = {
      layers,
      identity,
      runtime: yield* Runtime,
      probe: yield* HostProbe
    }
    const mounting: RunMounts.MountServices = { layers, identity, caches: yield* CacheMounts }

    /** The tree of an origin, mounted for reading when it is no directory of ours. */
    const treeOf = (
      request: StepRequest,
      origin: Origin
    ): Effect.Effect<InputReader.DigestedTree, BuildError.BuildError, Scope.Scope> => {
      const tree = contextOf(request, origin)
      return tree !== undefined
        ? Effect.succeed(tree)
        : Effect.map(StepRoot.readable(layers, identity, request.layersOf(origin)), (root) =>
            digested(RootTree.make(root, "kept"))
          )
    }

    /** The files that a copy reads, and their names in the history, from a memory if one has them. */
    const readCopy = (
      request: StepRequest,
      operation: CopyOperation,
      tree: Effect.Effect<InputReader.DigestedTree, BuildError.BuildError, Scope.Scope>
    ): Effect.Effect<CopyInputs, BuildError.BuildError, Scope.Scope> =>
      Effect.gen(function* () {
        if (!operation.sources.some((source) => source._tag === "Path")) return { files: [] }
        const { origin } = operation
        const chain = contextOf(request, origin) === undefined ? request.layersOf(origin) : undefined
        const selection = chain === undefined ? undefined : Selection.name(chain, operation)
        const of = (input: InputFiles.InputFiles): CopyInputs => ({
          files: [{ origin, label: request.label, input }],
          ...(selection !== undefined && { selection })
        })
        const remembered = selection === undefined ? undefined : InputMemo.recall(paths.cache, selection)
        if (remembered !== undefined) return of(remembered)
        const told = selection === undefined ? undefined : request.known(selection)
        if (told !== undefined) return { ...of({ digest: told.digest, entries: [] }), sources: told.sources }
        const found = yield* tree
        const input = yield* attempt("failed to read the sources", () =>
          InputReader.read(found, CopyStep.selections(operation))
        )
        if (selection !== undefined) InputMemo.keep(paths.cache, selection, input)
        return of(input)
      })

    const prepareCopy = (request: StepRequest, operation: CopyOperation): Prepared =>
      Effect.gen(function* () {
        const tree = yield* Effect.cached(treeOf(request, operation.origin))
        const { files, selection, ...told } = yield* readCopy(request, operation, tree)
        const remote = yield* RemoteSources.prepare(layers, paths.cache, request, operation)
        const sources = told.sources ?? CopyStep.summary(operation, { files, remote: remote.inputs })
        const digest = files[0]?.input.digest
        const inputs: StepInputs = {
          files,
          remote: remote.inputs,
          sources,
          ...(selection !== undefined &&
            digest !== undefined && { selection: { selection, digest, sources } })
        }
        const execute = Effect.scoped(
          Effect.gen(function* () {
            const origin = yield* tree
            yield* remote.ready
            const below = operation.link ? undefined : request.parent
            const into = yield* StepRoot.writable(layers, identity, below)
            const by = identity === "root" ? "root" : "mapped"
            const written = yield* writing
            const copy = EarlierCopy.name(paths, origin.hostPath(""), operation)
            const earlier =
              copy !== undefined && request.mayTakeOver
                ? yield* EarlierCopy.recall(layers, paths, copy)
                : undefined
            const place = HostCopy.make({ into, written, earlier, remote, identity: by })
            yield* CopyStep.copy({ operation, origin, ...place })
            if (operation.link) yield* StepRoot.takeOver(layers, request.parent, into.upper)
            const layer = yield* adopt(request, into.upper, written)
            if (copy !== undefined) yield* EarlierCopy.keep(paths, copy, layer, written)
            return layer
          })
        )
        return { inputs, execute }
      })

    const prepareWorkdir = (
      request: StepRequest,
      operation: Extract<Operation, { readonly _tag: "Workdir" }>
    ): Prepared =>
      Effect.succeed({
        inputs: { files: [], remote: [], sources: "" },
        execute: Effect.scoped(
          Effect.gen(function* () {
            const into = yield* StepRoot.writable(layers, identity, request.parent)
            yield* attempt("failed to make the working directory", () => {
              const target = HostTarget.make(into.root)
              const owner = Owner.resolve(operation.user, Accounts.of(target.tree))
              Copier.makeDirectory(target, operation.path, owner)
            })
            return yield* adopt(request, into.upper)
          })
        )
      })

    const prepareExec = (request: StepRequest, operation: ExecOperation): Prepared =>
      Effect.gen(function* () {
        const trees = (origin: Origin) => treeOf(request, origin)
        const files = yield* RunMounts.inputs(request, operation, trees)
        const execute = Effect.gen(function* () {
          yield* ForeignCommands.check(request.platform)
          const places = yield* RunMounts.onHost(mounting, request, trees)
          const mounts = yield* RunMounts.prepare(request, operation, places)
          const { code, root } = yield* RunStep.run(running, request, operation, mounts)
          if (code === 0) yield* mounts.unchanged
          const layer = yield* adopt(request, root.upper)
          return code === 0 ? layer : yield* RunStep.failed(operation, code, layer)
        })
        return { inputs: { files, remote: [], sources: "" }, execute: Effect.scoped(execute) }
      })

    const adopt = (request: StepRequest, upper: string, written?: WrittenFiles) =>
      Effect.mapError(
        layers.adopt({
          parent: request.parent,
          upper,
          ...(written !== undefined && { known: written })
        }),
        // A copy that failed says more than the packing that met it.
        (error) =>
          error.cause instanceof BuildError.BuildError
            ? error.cause
            : BuildError.make("io", error.message, error)
      )

    const prepare = (request: StepRequest): Prepared => {
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
    return StepExecutor.of({
      prepare: (request) => Effect.withSpan(prepare(request), "StepExecutor.prepare")
    })
  })
)
