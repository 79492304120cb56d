import * as Effect from "effect/Effect"
import type { MountRequest } from "../../../core/container/MountRequest.js"
import * as EntryPath from "../../../core/layer/EntryPath.js"
import * as PathTree from "../../../core/layer/PathTree.js"
import type { Origin } from "../../../core/plan/Operation.js"
import type { CacheMounts } from "../../store/CacheMounts.js"
import type { FileTree } from "../../store/memory/FileNode.js"
import * as FileNodes from "../../store/memory/FileNode.js"
import type { MemoryState } from "../../store/memory/MemoryState.js"
import * as BindView from "../BindView.js"
import * as BuildError from "../BuildError.js"
import type { BindMount, CacheMount, MountPlaces } from "../RunMounts.js"
import type { SourceTree } from "../SourceTree.js"
import { MemoryTarget } from "./MemoryTarget.js"

/** Something that is mounted in the root that a command sees. */
export interface Mounted {
  /** Without a leading slash. */
  readonly target: string
  readonly tree: FileTree
  /** The directory of a cache mount, where what is written stays. */
  readonly cache: string | undefined
}

/** The mounts of one RUN in memory: what is at the paths that its specification names. */
export class MemoryMounts {
  private readonly made = new Map<string, FileTree>()

  constructor(
    private readonly state: MemoryState,
    private readonly caches: CacheMounts["Type"],
    private readonly treeOf: (origin: Origin) => SourceTree
  ) {}

  get places(): MountPlaces {
    return {
      caches: this.caches,
      bind: (mount, index) =>
        Effect.map(this.sourceOf(mount), (tree) => ({
          _tag: "Path",
          path: this.keep(`bind-${index}`, tree),
          unchanged: undefined
        })),
      fill: (mount, directory) =>
        Effect.map(this.sourceOf(mount), (tree) => void this.state.directories.set(directory, tree)),
      file: (index, content, mode, { uid, gid }) =>
        Effect.sync(() => {
          const bytes = typeof content === "string" ? Buffer.from(content) : content
          const node = { ...FileNodes.directory, kind: "file", mode, uid, gid, content: bytes } as const
          return this.keep(`file-${index}`, PathTree.leaf(node))
        })
    }
  }

  /** What lies at a path that was given out. */
  kindOf(path: string): "file" | "directory" {
    const found = this.made.get(path)
    return found !== undefined && found.children === undefined ? "file" : "directory"
  }

  /** What is mounted where, in order. */
  mounted(requests: ReadonlyArray<MountRequest>): ReadonlyArray<Mounted> {
    return requests.map((request) => {
      const source = request._tag === "Bind" ? request.source : ""
      const cache = this.state.directories.get(source)
      return {
        target: request.target.slice(1),
        tree: cache ?? this.made.get(source) ?? FileNodes.emptyTree,
        cache: cache === undefined ? undefined : source
      }
    })
  }

  private keep(name: string, tree: FileTree): string {
    const path = `/memory/mounts/${name}`
    this.made.set(path, tree)
    return path
  }

  private sourceOf({
    origin,
    source
  }: BindMount | CacheMount): Effect.Effect<FileTree, BuildError.BuildError> {
    if (origin._tag === "Scratch") return Effect.succeed(FileNodes.emptyTree)
    return Effect.try({
      try: () => {
        const target = new MemoryTarget(FileNodes.emptyTree, 0)
        const kind = BindView.lay(this.treeOf(origin), source, target)
        return (kind === "file" ? PathTree.at(target.current, "file") : undefined) ?? target.current
      },
      catch: (thrown) => BuildError.ofThrown(thrown, "failed to prepare a mount")
    })
  }
}

/** A root with every mount at its target, whose directories are made as a mount makes them. */
export const over = (root: FileTree, mounts: ReadonlyArray<Mounted>): FileTree =>
  mounts.reduce((tree, { target, tree: mounted }) => grafted(tree, target, mounted), root)

const grafted = (tree: FileTree, path: string, other: FileTree): FileTree => {
  const parent = EntryPath.parent(path)
  const isThere = parent === "" || PathTree.at(tree, parent)?.children !== undefined
  return PathTree.put(isThere ? tree : grafted(tree, parent, FileNodes.emptyTree), path, other)
}

/** The mount that a path lies in; undefined where that is the root itself. */
export const holder = (mounts: ReadonlyArray<Mounted>, path: string): Mounted | undefined =>
  mounts.filter(({ target }) => path === target || path.startsWith(`${target}/`)).at(-1)
