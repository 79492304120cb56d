import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { MountRequest } from "../../core/container/MountRequest.js"
import * as InputFiles from "../../core/plan/InputFiles.js"
import type { Operation, Origin, RunMount } from "../../core/plan/Operation.js"
import * as Operations from "../../core/plan/Operation.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreLock } from "../store/StoreLock.js"
import * as BuildError from "./BuildError.js"
import * as Copier from "./Copier.js"
import * as HostTarget from "./HostTarget.js"
import * as InputReader from "./InputReader.js"
import * as Resolve from "./Resolve.js"
import type { StepInputs, StepRequest } from "./StepExecutor.js"

type Exec = Extract<Operation, { readonly _tag: "Exec" }>
type TreeOf = (origin: Origin) => Effect.Effect<InputReader.DigestedTree, BuildError.BuildError, Scope.Scope>

/** What the mounts of a RUN are for its container. */
export interface PreparedMounts {
  readonly requests: ReadonlyArray<MountRequest>
  /** Secrets that are variables. */
  readonly env: ReadonlyArray<string>
}

export interface MountServices {
  readonly layers: LayerStore["Type"]
  readonly lock: StoreLock["Type"]
  /** The store's cache directory, below which cache mounts live. */
  readonly cache: string
}

const all = { included: undefined, excluded: undefined, excludedForGood: true } as const

/** What the binds of a RUN read, for its cache key: contents of the context, the layers of stages and images. */
export const inputs = (
  request: StepRequest,
  operation: Exec,
  treeOf: TreeOf
): Effect.Effect<StepInputs["files"], BuildError.BuildError, Scope.Scope> =>
  Effect.forEach(Operations.origins(operation), (origin) =>
    Effect.gen(function* () {
      const label = `mount from ${origin._tag.toLowerCase()}`
      if (origin._tag !== "Context") {
        const chain = request.layersOf(origin) ?? "nothing"
        const entry = { path: "", type: "other", mode: 0, content: chain, owner: "" } as const
        return { origin, label, input: InputFiles.make([entry]) }
      }
      const tree = yield* treeOf(origin)
      const paths = operation.mounts.flatMap((mount) =>
        mount._tag === "Bind" && mount.origin._tag === "Context" ? [mount.source] : []
      )
      const input = yield* Effect.try({
        try: () =>
          InputReader.read(
            tree,
            paths.map((path) => ({ ...all, path }))
          ),
        catch: (thrown) => BuildError.ofThrown(thrown, "failed to read the mount's source")
      })
      return { origin, label, input }
    })
  )

/** Makes what the container will mount. It is gone with the scope, but for caches. */
export const prepare = (
  services: MountServices,
  request: StepRequest,
  operation: Exec,
  treeOf: TreeOf
): Effect.Effect<PreparedMounts, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    if (operation.mounts.length === 0) return { requests: [], env: [] }
    const workspace = yield* Effect.mapError(services.layers.workspace, (error) =>
      BuildError.make("io", error.message, error)
    )
    const requests: Array<MountRequest> = []
    const env: Array<string> = []
    for (const [index, mount] of operation.mounts.entries()) {
      const place = `${workspace.dir}/mount-${index}`
      if (mount._tag === "Bind") requests.push(bind(mount, yield* copied(mount, place, treeOf)))
      else if (mount._tag === "Cache") requests.push(bind(mount, yield* cached(services, mount, treeOf)))
      else if (mount._tag === "Tmpfs") requests.push(tmpfs(mount))
      else if (mount._tag === "Script") requests.push(bind(mount, yield* file(place, mount.content, 0o755)))
      else if (mount._tag === "Secret") {
        const content = request.secrets.get(mount.id)
        if (content === undefined) {
          if (mount.required) return yield* BuildError.make("mount", `secret ${mount.id}: not found`)
          continue
        }
        if (mount.variable !== undefined) env.push(`${mount.variable}=${new TextDecoder().decode(content)}`)
        if (mount.target !== undefined) {
          const path = yield* file(place, content, mount.mode, mount)
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
    return { requests, env }
  })

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
  owner: { readonly uid: number; readonly gid: number } = { uid: 0, gid: 0 }
): Effect.Effect<string, BuildError.BuildError> =>
  attempt(() => {
    fs.writeFileSync(path, content, { mode: 0o600 })
    fs.chownSync(path, owner.uid, owner.gid)
    fs.chmodSync(path, mode)
    return path
  })

/** A private copy of a bind's source: what the command writes to it is lost, and nothing hidden is shown. */
const copied = (
  mount: Extract<RunMount, { readonly _tag: "Bind" | "Cache" }>,
  place: string,
  treeOf: TreeOf
): Effect.Effect<string, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* attempt(() => fs.mkdirSync(place, { mode: 0o755 }))
    if (mount.origin._tag === "Scratch") return place
    const tree = yield* treeOf(mount.origin)
    return yield* attempt(() => {
      const source = Resolve.resolve(tree, mount.source, "follow")
      const entry = tree.entry(source)
      if (entry === undefined) throw Copier.missing(tree, mount.source.slice(1))
      const destination = entry.kind === "directory" ? "/" : "/file"
      Copier.copy({
        ...all,
        source: tree,
        path: source,
        target: HostTarget.make(place),
        destination,
        owner: undefined,
        mode: undefined,
        conflicts: "refuse"
      })
      return entry.kind === "directory" ? place : `${place}/file`
    })
  })

/**
 * The directory of a cache mount. Its name is a digest of what identifies it, never a part of a path that a Dockerfile wrote.
 * `locked`: for one step at a time; `private`: one that no running step has, a new one if need be.
 */
const cached = (
  services: MountServices,
  mount: Extract<RunMount, { readonly _tag: "Cache" }>,
  treeOf: TreeOf
): Effect.Effect<string, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { id, origin, source, mode, uid, gid } = mount
    const identity = JSON.stringify([id, origin._tag, source, mode, uid, gid])
    const name = crypto.createHash("sha256").update(identity).digest("hex")
    if (mount.sharing !== "shared")
      yield* Effect.mapError(services.lock.named(`cache:${name}`), (error) =>
        BuildError.make("io", error.message, error)
      )
    const path = `${services.cache}/mounts/${name}`
    if (fs.existsSync(path)) return path
    const fresh = `${path}.${crypto.randomBytes(6).toString("hex")}`
    yield* attempt(() => fs.mkdirSync(`${services.cache}/mounts`, { recursive: true, mode: 0o700 }))
    yield* copied(mount, fresh, treeOf)
    return yield* attempt(() => {
      fs.chownSync(fresh, uid, gid)
      fs.chmodSync(fresh, mode)
      try {
        fs.renameSync(fresh, path)
      } catch {
        // Another step made it meanwhile: that one is shared.
        fs.rmSync(fresh, { recursive: true, force: true })
      }
      return path
    })
  })
