import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as CopyPath from "../core/container/CopyPath.js"
import type { BindMount } from "../core/container/Mount.js"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { CopyError, type FileTree, FileTrees, type PathStatus } from "../edge/copy/FileTrees.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { EngineError, invalid } from "./EngineError.js"
import * as PrepareSpec from "./PrepareSpec.js"
import { isAlive } from "./RunIdentity.js"

/** How to copy. */
export interface CopyHow {
  /** Copy what a link leads to (-L). */
  readonly follow: boolean
  /** Whose files are on the host: their owners' in the container (-a), or the caller's. */
  readonly owners: "kept" | "ours"
  /** Called with the size of each piece of the tar that goes over. */
  readonly moved: (bytes: number) => void
}

/** Links that lead to links, as many as the kernel follows. */
const linksMax = 40

const missing = (path: string, name: string): EngineError =>
  new EngineError({ reason: "Invalid", message: `Could not find the file ${path} in container ${name}` })

/** What a container sees: as it runs, or with its volumes and binds mounted as a start would. */
const treeOf = (container: StoredContainer) =>
  Effect.gen(function* () {
    const trees = yield* FileTrees
    const { record, paths, state } = container
    if (isAlive(container) && state.process !== undefined) return yield* trees.ofProcess(state.process.pid)
    yield* PrepareSpec.fillVolumes(container)
    const { readonlyRoot } = yield* ContainerRequest.options(record)
    const spec = yield* PrepareSpec.planSpec(container, undefined)
    const lower = record.chainId === undefined ? [] : yield* (yield* LayerStore).lowerDirs(record.chainId)
    const mounts = spec.mounts.filter((mount): mount is BindMount => mount._tag === "Bind")
    return yield* trees.stopped({ ...paths, lower, readonly: readonlyRoot, mounts })
  })

/** The path that a chain of links leads to, and what is there; the path itself where it is none. */
const followed = (tree: FileTree, path: string) =>
  Effect.gen(function* () {
    let at = path
    for (let links = 0; links < linksMax; links++) {
      const status: PathStatus | undefined = yield* tree.status(at)
      if (status?._tag !== "Link") return { path: at, status }
      at = CopyPath.linked(at, status.target)
    }
    return yield* invalid(`too many links: ${path}`)
  })

const found = (status: PathStatus | undefined): CopyPath.CopyDestination["found"] =>
  status === undefined ? "nothing" : status._tag === "Directory" ? "directory" : "other"

/** What to copy, with the name that people called it by when a link led elsewhere. */
const sourceOf = (tree: FileTree, path: string, follow: boolean, absent: (path: string) => EngineError) =>
  Effect.gen(function* () {
    const own = { path, status: yield* tree.status(path) }
    const real = follow ? yield* followed(tree, path) : own
    if (real.status === undefined) return yield* absent(real.path)
    const name = CopyPath.split(path).name
    return {
      path: real.path,
      isDirectory: real.status._tag === "Directory",
      ...(real.path === path ? {} : { name })
    }
  })

const counted = <E>(bytes: Stream.Stream<Uint8Array, E>, { moved }: CopyHow): Stream.Stream<Uint8Array, E> =>
  Stream.tap(bytes, (chunk) => Effect.sync(() => moved(chunk.length)))

/** A tar of what is at a path of a container. */
export const archiveOf = (container: StoredContainer, asked: string, how: CopyHow) =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      const tree = yield* treeOf(container)
      const path = CopyPath.absolute("/", asked)
      const source = yield* sourceOf(tree, path, how.follow, (at) => missing(at, container.record.name))
      yield* tell(ContainerEvents.of(container.record, "archive-path"))
      return counted(tree.pack(source.path, CopyPath.split(source.path).name), how)
    })
  )

/** Copies from a container to a path of this host. */
export const toHost = (container: StoredContainer, asked: string, destination: string, how: CopyHow) =>
  Effect.scoped(
    Effect.gen(function* () {
      const host = yield* (yield* FileTrees).host
      const above = CopyPath.split(destination).directory
      const place = yield* host.status(destination)
      const parent = place === undefined ? (yield* followed(host, above)).status : undefined
      if (place === undefined && parent?._tag !== "Directory")
        return yield* invalid(`invalid output path: directory ${JSON.stringify(above)} does not exist`)
      const tree = yield* treeOf(container)
      const path = CopyPath.absolute("/", asked)
      const source = yield* sourceOf(tree, path, how.follow, (at) => missing(at, container.record.name))
      const real = yield* followed(host, destination)
      if (real.status?._tag === "Other")
        return yield* invalid(
          `invalid output path: ${JSON.stringify(destination)} must be a directory or a regular file: got ${real.status.what}`
        )
      const { directory, name } = yield* CopyPath.place(source, {
        path: real.path,
        found: found(real.status)
      })
      yield* tell(ContainerEvents.of(container.record, "archive-path"))
      yield* host.merge(directory, counted(tree.pack(source.path, name), how), how.owners)
    })
  )

/** Where a copy into a container goes, a link at its end followed. */
const destinationOf = (tree: FileTree, path: string) =>
  Effect.map(followed(tree, path), (real) => ({ path: real.path, found: found(real.status) }))

/** The container's words for why nothing can be put there. */
const refused =
  ({ record }: StoredContainer, directory: string) =>
  (error: CopyError) =>
    Effect.gen(function* () {
      const { readonlyRoot } = yield* ContainerRequest.options(record)
      switch (error.reason) {
        case "Missing":
          return yield* missing(directory, record.name)
        case "NotDirectory":
          return yield* invalid("extraction point is not a directory")
        case "ReadOnly":
          return yield* invalid(
            readonlyRoot ? "container rootfs is marked read-only" : "mounted volume is marked read-only"
          )
        case "Failed":
          return yield* error
      }
    })

/** Copies from a path of this host into a container. */
export const toContainer = (container: StoredContainer, source: string, asked: string, how: CopyHow) =>
  Effect.scoped(
    Effect.gen(function* () {
      const host = yield* (yield* FileTrees).host
      const what = yield* sourceOf(
        host,
        source,
        how.follow,
        (at) => new EngineError({ reason: "Invalid", message: `lstat ${at}: no such file or directory` })
      )
      const tree = yield* treeOf(container)
      const destination = yield* destinationOf(tree, CopyPath.absolute("/", asked))
      const { directory, name } = yield* CopyPath.place(what, destination)
      const bytes = counted(host.pack(what.path, name), how)
      yield* tree
        .merge(directory, bytes, "kept")
        .pipe(Effect.catchIf((error) => error instanceof CopyError, refused(container, directory)))
      yield* tell(ContainerEvents.of(container.record, "extract-to-dir"))
    })
  )

/** Adds the entries of a tar to a directory of a container. */
export const fromArchive = <E>(
  container: StoredContainer,
  bytes: Stream.Stream<Uint8Array, E>,
  asked: string,
  how: CopyHow
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const tree = yield* treeOf(container)
      const destination = yield* destinationOf(tree, CopyPath.absolute("/", asked))
      if (destination.found !== "directory")
        return yield* invalid(
          `destination ${JSON.stringify(`${container.record.name}:${asked}`)} must be a directory`
        )
      yield* tree
        .merge(destination.path, counted(bytes, how), "kept")
        .pipe(
          Effect.catchIf(
            (error): error is CopyError => error instanceof CopyError,
            refused(container, destination.path)
          )
        )
      yield* tell(ContainerEvents.of(container.record, "extract-to-dir"))
    })
  )
