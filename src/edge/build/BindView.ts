import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { LayeredView } from "../../core/container/HostFacts.js"
import type { RunMount } from "../../core/plan/Operation.js"
import * as LayeredTree from "../host/LayeredTree.js"
import * as MakeNode from "../linux/MakeNode.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreConfig } from "../store/StoreRoot.js"
import * as BuildError from "./BuildError.js"
import type { ContextTree } from "./ContextTree.js"
import * as Copier from "./Copier.js"
import * as HostTarget from "./HostTarget.js"
import * as Resolve from "./Resolve.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree, TreeEntry } from "./SourceTree.js"
import type { StepRequest } from "./StepExecutor.js"
import * as StepRoot from "./StepRoot.js"
import type { TargetTree } from "./TargetTree.js"

type BindMount = Extract<RunMount, { readonly _tag: "Bind" }>

/** What a bind mount shows: a path of this host, or directories laid on each other. */
export type BindView = (
  | { readonly _tag: "Path"; readonly path: string }
  | { readonly _tag: "Layers"; readonly layers: LayeredView }
) & {
  /** Fails where the files are not what they were when the step's key was made; undefined where they cannot change. */
  readonly unchanged: Effect.Effect<void, BuildError.BuildError> | undefined
}

interface ViewServices {
  readonly layers: LayerStore["Type"]
  readonly identity: StoreConfig["identity"]
}

const everything = { included: undefined, excluded: undefined, excludedForGood: true } as const

/** Lays what a tree has at a path into an empty root: a directory's contents, anything else as `file`. */
export const lay = (tree: SourceTree, path: string, target: TargetTree): "directory" | "file" => {
  const source = Resolve.resolve(tree, path, "follow")
  const entry = tree.entry(source)
  if (entry === undefined) throw Copier.missing(tree, path.slice(1))
  const kind = entry.kind === "directory" ? "directory" : "file"
  const destination = kind === "directory" ? "/" : "/file"
  const given = { owner: undefined, mode: undefined, conflicts: "refuse" } as const
  Copier.copy({ ...everything, ...given, source: tree, path: source, target, destination })
  return kind
}

/** The same into `place`, an existing directory; gives the path of what it is there. */
export const copy = (tree: SourceTree, path: string, place: string): string =>
  lay(tree, path, HostTarget.make(place)) === "directory" ? place : `${place}/file`

const attempt = <A>(work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, "failed to prepare a mount") })

/**
 * The files that a bind mount shows, where they are: nothing is copied but a file that may be written to, and a context that has other owners than root.
 * What a command writes ends in `place` and is lost.
 */
export const open = (
  services: ViewServices,
  request: StepRequest,
  mount: BindMount,
  place: string
): Effect.Effect<BindView, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const workspace = {
      content: `${place}/content`,
      mask: `${place}/mask`,
      upper: `${place}/upper`,
      work: `${place}/work`
    }
    yield* attempt(() => {
      for (const directory of [place, ...Object.values(workspace)]) fs.mkdirSync(directory, { mode: 0o755 })
    })
    const view = (lower: ReadonlyArray<string>): BindView => {
      if (!mount.readOnly) StepRoot.likeRoot(lower[0], workspace.upper)
      const writable = mount.readOnly ? undefined : { upper: workspace.upper, work: workspace.work }
      return {
        _tag: "Layers",
        layers: { lower, writable, userxattr: services.identity !== "root" },
        unchanged: undefined
      }
    }
    const { origin } = mount
    if (origin._tag === "Scratch") return { _tag: "Path", path: workspace.content, unchanged: undefined }
    if (origin._tag === "Context" || origin._tag === "Named") {
      const context = origin._tag === "Named" ? request.named(origin.name) : request.context
      if (context === undefined) return { _tag: "Path", path: workspace.content, unchanged: undefined }
      return yield* attempt(() => ofContext(context, mount, workspace, view))
    }
    const chain = request.layersOf(origin)
    const layers =
      chain === undefined
        ? []
        : yield* Effect.mapError(services.layers.lowerDirs(chain), (error) =>
            BuildError.make("io", error.message, error)
          )
    return yield* attempt(() => ofLayers(layers, mount, workspace.content, view))
  })

/** Of a stage or image: its layers' directories as they are, which nothing changes. */
const ofLayers = (
  layers: ReadonlyArray<string>,
  mount: BindMount,
  content: string,
  view: (lower: ReadonlyArray<string>) => BindView
): BindView => {
  const found = LayeredTree.find(layers, mount.source)
  const empty = RootTree.make(content, "kept")
  if (found === undefined) throw Copier.missing(empty, mount.source.slice(1))
  if (found.kind === "directory")
    return found.places.length === 0
      ? { _tag: "Path", path: content, unchanged: undefined }
      : view(found.places)
  if (mount.readOnly) return { _tag: "Path", path: found.place, unchanged: undefined }
  const at = found.place.lastIndexOf("/")
  const tree = RootTree.make(found.place.slice(0, at), "kept")
  return { _tag: "Path", path: copy(tree, found.place.slice(at), content), unchanged: undefined }
}

/** Of the context: the user's own files, without those that the ignore file hides. */
const ofContext = (
  tree: ContextTree,
  mount: BindMount,
  { content, mask }: { readonly content: string; readonly mask: string },
  view: (lower: ReadonlyArray<string>) => BindView
): BindView => {
  const source = Resolve.resolve(tree, mount.source, "follow")
  const entry = tree.entry(source)
  if (entry === undefined) throw Copier.missing(tree, mount.source.slice(1))
  const files = below(tree, source, entry)
  const device = entry.device
  const isRoots = files.every(([, one]) => one.uid === 0 && one.gid === 0 && one.device === device)
  if (!isRoots || (entry.kind !== "directory" && !mount.readOnly))
    return { _tag: "Path", path: copy(tree, mount.source, content), unchanged: undefined }
  const unchanged = attempt(() => check(tree, files))
  const host = tree.hostPath(source)
  if (entry.kind !== "directory") return { _tag: "Path", path: host, unchanged }
  const isMasked = masked(tree, source, mask)
  if (mount.readOnly && !isMasked) return { _tag: "Path", path: host, unchanged }
  return { ...view(isMasked ? [mask, host] : [host]), unchanged }
}

const child = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`)

/** Everything that the tree shows at a path and below it. */
const below = (
  tree: SourceTree,
  path: string,
  entry: TreeEntry
): ReadonlyArray<readonly [path: string, entry: TreeEntry]> => {
  const found: Array<readonly [string, TreeEntry]> = []
  const walk = (at: string, one: TreeEntry): void => {
    found.push([at, one])
    if (one.kind !== "directory") return
    for (const name of tree.names(at)) {
      const next = tree.entry(child(at, name))
      if (next !== undefined) walk(child(at, name), next)
    }
  }
  walk(path, entry)
  return found
}

/** Fails where a file is not what the context was when it was opened. Directories change with what nobody sees of them. */
const check = (tree: SourceTree, files: ReadonlyArray<readonly [string, TreeEntry]>): void => {
  for (const [path, entry] of files) {
    if (entry.kind === "directory") continue
    const now = RootTree.lookAt(tree.hostPath(path))
    if (now === undefined || now.changed !== entry.changed || now.inode !== entry.inode)
      throw BuildError.make("context", `/${path} was changed while a step had it mounted: build again`)
  }
}

/**
 * Makes a directory tree that overlay lays on the context's to hide what the ignore file hides: a whiteout for each hidden
 * name, in directories like those that they cover. False where nothing is hidden.
 */
const masked = (tree: ContextTree, source: string, mask: string): boolean => {
  const cover = (path: string, place: string): boolean => {
    const names = tree.hidden(path)
    let isNeeded = names.length > 0
    if (isNeeded) fs.mkdirSync(place, { recursive: true })
    for (const name of names) MakeNode.makeNode(`${place}/${name}`, "character", 0)
    for (const name of tree.names(path))
      if (tree.entry(child(path, name))?.kind === "directory" && cover(child(path, name), `${place}/${name}`))
        isNeeded = true
    const entry = tree.entry(path)
    if (isNeeded && entry !== undefined) {
      fs.chmodSync(place, entry.mode)
      fs.utimesSync(place, entry.modified, entry.modified)
    }
    return isNeeded
  }
  return cover(source, mask)
}
