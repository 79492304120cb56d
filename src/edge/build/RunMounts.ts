import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LayeredView } from "../../core/container/HostFacts.js"
import type { MountRequest } from "../../core/container/MountRequest.js"
import * as InputFiles from "../../core/plan/InputFiles.js"
import type { Operation, Origin, RunMount } from "../../core/plan/Operation.js"
import * as Operations from "../../core/plan/Operation.js"
import type { CacheMounts } from "../store/CacheMounts.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreConfig } from "../store/StoreRoot.js"
import * as BindView from "./BindView.js"
import * as BuildError from "./BuildError.js"
import * as InputReader from "./InputReader.js"
import * as Resolve from "./Resolve.js"
import type { StepInputs, StepRequest } from "./StepExecutor.js"

type Exec = Extract<Operation, { readonly _tag: "Exec" }>
type TreeOf = (origin: Origin) => Effect.Effect<InputReader.DigestedTree, BuildError.BuildError, Scope.Scope>

/** What the mounts of a RUN are for its container. */
export interface PreparedMounts {
  readonly requests: ReadonlyArray<MountRequest>
  /** The trees of bind mounts that are laid together of several directories, by target. */
  readonly views: Readonly<Record<string, LayeredView>>
  /** Secrets that are variables. */
  readonly env: ReadonlyArray<string>
  /** Fails where what was mounted is not what it was when the step's key was made. */
  readonly unchanged: Effect.Effect<void, BuildError.BuildError>
}

export interface MountServices {
  readonly layers: LayerStore["Type"]
  readonly identity: StoreConfig["identity"]
  readonly caches: CacheMounts["Type"]
}

const all = { included: undefined, excluded: undefined, excludedForGood: true } as const

/** In BuildKit's words, the only builder that mounts. */
const absent = (path: string): BuildError.BuildError =>
  BuildError.make(
    "mount",
    `failed to compute cache key: failed to calculate checksum of ref context: "${path}": not found`
  )

/** What the binds of a RUN read, for its cache key: contents of the context, the layers of stages and images. */
export const inputs = (
  request: StepRequest,
  operation: Exec,
  treeOf: TreeOf
): Effect.Effect<StepInputs["files"], BuildError.BuildError, Scope.Scope> =>
  Effect.forEach(Operations.origins(operation), (origin) =>
    Effect.gen(function* () {
      const label = `mount from ${origin._tag.toLowerCase()}`
      if (origin._tag !== "Context" && origin._tag !== "Named") {
        const chain = request.layersOf(origin) ?? "nothing"
        const entry = { path: "", type: "other", mode: 0, content: chain, owner: "" } as const
        return { origin, label, input: InputFiles.make([entry]) }
      }
      const tree = yield* treeOf(origin)
      const paths = operation.mounts.flatMap((mount) =>
        mount._tag === "Bind" && Operations.same(mount.origin, origin) ? [mount.source] : []
      )
      const input = yield* Effect.try({
        try: () => {
          for (const path of paths)
            if (tree.entry(Resolve.resolve(tree, path, "follow")) === undefined) throw absent(path)
          return InputReader.read(
            tree,
            paths.map((path) => ({ ...all, path }))
          )
        },
        catch: (thrown) => BuildError.ofThrown(thrown, "failed to read the mount's source")
      })
      return { origin, label, input }
    })
  )

export type BindMount = Extract<RunMount, { readonly _tag: "Bind" }>
export type CacheMount = Extract<RunMount, { readonly _tag: "Cache" }>

const root = { uid: 0, gid: 0 }

/** Where the mounts of a step are made. `index`: a mount's place among the step's. */
export interface MountPlaces {
  readonly caches: CacheMounts["Type"]
  readonly bind: (
    mount: BindMount,
    index: number
  ) => Effect.Effect<BindView.BindView, BuildError.BuildError, Scope.Scope>
  /** Fills the directory of a new cache mount. */
  readonly fill: (mount: CacheMount, directory: string) => Effect.Effect<void, BuildError.BuildError>
  /** Makes a file, and gives the path by which it can be mounted. */
  readonly file: (
    index: number,
    content: string | Uint8Array,
    mode: number,
    owner: { readonly uid: number; readonly gid: number }
  ) => Effect.Effect<string, BuildError.BuildError>
}

/** Makes what the container will mount. It is gone with the scope, but for caches. */
export const prepare = (
  request: StepRequest,
  operation: Exec,
  places: MountPlaces
): Effect.Effect<PreparedMounts, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const requests: Array<MountRequest> = []
    const views: Record<string, LayeredView> = {}
    const checks: Array<Effect.Effect<void, BuildError.BuildError>> = []
    const env: Array<string> = []
    for (const [index, mount] of operation.mounts.entries()) {
      if (mount._tag === "Bind") {
        const view = yield* places.bind(mount, index)
        if (view._tag === "Path") requests.push(bind(mount, view.path))
        else {
          requests.push(layered(mount))
          views[mount.target] = view.layers
        }
        if (view.unchanged !== undefined) checks.push(view.unchanged)
      } else if (mount._tag === "Cache") requests.push(bind(mount, yield* cached(places, request, mount)))
      else if (mount._tag === "Tmpfs") requests.push(tmpfs(mount))
      else if (mount._tag === "Script")
        requests.push(bind(mount, yield* places.file(index, mount.content, 0o755, root)))
      else if (mount._tag === "Secret") {
        const content = request.secrets.get(mount.id)
        if (content === undefined) {
          if (mount.required) return yield* BuildError.make("mount", `secret ${mount.id}: not found`)
          continue
        }
        if (mount.variable !== undefined) env.push(`${mount.variable}=${new TextDecoder().decode(content)}`)
        if (mount.target !== undefined) {
          const path = yield* places.file(index, content, mount.mode, mount)
          requests.push(bind({ target: mount.target, readOnly: true }, path))
        }
      } else {
        const socket = request.agents.get(mount.id)
        if (socket === undefined) {
          if (mount.required) return yield* BuildError.make("mount", `unset ssh forward key ${mount.id}`)
          continue
        }
        const target = mount.target ?? `/run/buildkit/ssh_agent.${index}`
        env.push(`SSH_AUTH_SOCK=${target}`)
        requests.push(bind({ target, readOnly: false }, socket))
      }
    }
    return { requests, views, env, unchanged: Effect.suspend(() => Effect.all(checks, { discard: true })) }
  })

/** Places on this host: in a workspace of the step's own. */
export const onHost = (
  { caches, ...services }: MountServices,
  request: StepRequest,
  treeOf: TreeOf
): Effect.Effect<MountPlaces, BuildError.BuildError, Scope.Scope> =>
  Effect.map(
    Effect.mapError(services.layers.workspace, (error) => BuildError.make("io", error.message, error)),
    ({ dir }) => ({
      caches,
      bind: (mount, index) => BindView.open(services, request, mount, `${dir}/mount-${index}`),
      fill: (mount, directory) => filled(mount, directory, treeOf),
      file: (index, ...given) => file(`${dir}/mount-${index}`, ...given)
    })
  )

const bind = (
  mount: { readonly target: string; readonly readOnly?: boolean },
  source: string
): MountRequest => ({
  _tag: "Bind",
  target: mount.target,
  readonly: mount.readOnly ?? true,
  flag: `--mount target=${mount.target}`,
  source,
  propagation: undefined,
  recursive: true,
  recursiveReadonly: "if-possible",
  createSource: false
})

/** What BindView lays together. */
const layered = (mount: BindMount): MountRequest => ({
  _tag: "Image",
  target: mount.target,
  readonly: mount.readOnly,
  flag: `--mount target=${mount.target}`,
  image: "",
  subpath: undefined
})

const tmpfs = (mount: Extract<RunMount, { readonly _tag: "Tmpfs" }>): MountRequest => ({
  _tag: "Tmpfs",
  target: mount.target,
  readonly: false,
  flag: `--mount type=tmpfs,target=${mount.target}`,
  options: mount.size > 0 ? [`size=${mount.size}`] : []
})

const attempt = <A>(work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, "failed to prepare a mount") })

const file = (
  path: string,
  content: string | Uint8Array,
  mode: number,
  owner: { readonly uid: number; readonly gid: number }
): Effect.Effect<string, BuildError.BuildError> =>
  attempt(() => {
    fs.writeFileSync(path, content, { mode: 0o600 })
    fs.chownSync(path, owner.uid, owner.gid)
    fs.chmodSync(path, mode)
    return path
  })

/** A private copy of what a mount is filled with. */
const filled = (
  mount: CacheMount,
  place: string,
  treeOf: TreeOf
): Effect.Effect<void, BuildError.BuildError> =>
  mount.origin._tag === "Scratch"
    ? Effect.void
    : Effect.scoped(
        Effect.flatMap(treeOf(mount.origin), (tree) =>
          Effect.asVoid(attempt(() => BindView.copy(tree, mount.source, place)))
        )
      )

/** The directory of a cache mount, until the step ends. */
const cached = (
  { caches, fill }: MountPlaces,
  request: StepRequest,
  mount: CacheMount
): Effect.Effect<string, BuildError.BuildError, Scope.Scope> => {
  const { id, origin, source, mode, uid, gid, sharing } = mount
  const base =
    origin._tag === "Scratch" ? "" : `${request.layersOf(origin) ?? origin._tag.toLowerCase()} ${source}`
  return Effect.mapError(
    caches.take({ id, base, mode, uid, gid }, sharing, (directory) => fill(mount, directory)),
    (error) => (error._tag === "BuildError" ? error : BuildError.make("io", error.message, error))
  )
}
