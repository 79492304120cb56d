import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as IgnoreFile from "../../core/dockerfile/IgnoreFile.js"
import * as TreePath from "../../core/plan/TreePath.js"
import { LayerStore } from "../store/LayerStore.js"
import { StoreRoot } from "../store/StoreRoot.js"
import {
  BuildContext,
  type ContextSource,
  type OpenContext,
  type TimedSource,
  type TreeSource
} from "./BuildContext.js"
import * as BuildError from "./BuildError.js"
import * as ContextReads from "./ContextReads.js"
import * as ContextTree from "./ContextTree.js"
import * as PipedContext from "./PipedContext.js"
import * as RemoteContext from "./RemoteContext.js"
import * as Resolve from "./Resolve.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree } from "./SourceTree.js"
import * as StatCache from "./StatCache.js"

const usualNames = ["Dockerfile", "dockerfile"]

/** A regular file's bytes, links resolved inside the tree; undefined where there is none. */
const readInside = (tree: SourceTree, name: string): Uint8Array | undefined => {
  const resolved = Resolve.resolve(tree, name, "follow")
  const entry = tree.entry(resolved)
  if (entry?.kind === "directory" && !name.endsWith("ignore"))
    throw BuildError.make("context", `failed to read dockerfile: read ${name}: is a directory`)
  if (entry?.kind !== "file") return undefined
  if (entry.sizeBytes > PipedContext.textBytesMax) throw BuildError.make("context", `${name} is too large`)
  return fs.readFileSync(tree.hostPath(resolved))
}

interface Found {
  readonly bytes: Uint8Array
  readonly name: string
  /** The ignore file that belongs to this Dockerfile alone. */
  readonly ignore: Uint8Array | undefined
}

const unable = (absolute: string): BuildError.BuildError =>
  BuildError.make(
    "context",
    `unable to prepare context: unable to evaluate symlinks in Dockerfile path: lstat ${absolute}: no such file or directory`
  )

/** The usual Dockerfile of a directory. */
const usual = (tree: SourceTree, root: string): Found => {
  for (const name of usualNames) {
    const bytes = readInside(tree, name)
    if (bytes !== undefined) return { bytes, name, ignore: readInside(tree, `${name}.dockerignore`) }
  }
  throw unable(path.join(root, usualNames[0] ?? ""))
}

/** The Dockerfile that was asked for by a path: what is inside the context is read as part of it. */
const named = (tree: SourceTree, root: string, absolute: string, shown: string): Found => {
  const inside = path.relative(root, absolute)
  if (inside !== "" && inside !== ".." && !inside.startsWith("../") && !path.isAbsolute(inside)) {
    const bytes = readInside(tree, inside)
    if (bytes === undefined) throw unable(absolute)
    return { bytes, name: shown, ignore: readInside(tree, `${inside}.dockerignore`) }
  }
  const stats = fs.statSync(absolute, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile()) throw unable(absolute)
  const ignore = fs.statSync(`${absolute}.dockerignore`, { throwIfNoEntry: false })
  return {
    bytes: fs.readFileSync(absolute),
    name: shown,
    ignore: ignore?.isFile() === true ? fs.readFileSync(`${absolute}.dockerignore`) : undefined
  }
}

const matcher = (text: Uint8Array | undefined): IgnoreFile.IgnoreMatcher =>
  text === undefined
    ? IgnoreFile.nothing
    : Either.getOrThrowWith(IgnoreFile.compile(IgnoreFile.read(new TextDecoder().decode(text))), (error) =>
        BuildError.make("context", `error checking context: ${error.message}`)
      )

const checkedRoot = (given: string): string => {
  const absolute = path.resolve(given)
  const stats = fs.statSync(absolute, { throwIfNoEntry: false })
  if (stats === undefined)
    throw BuildError.make("context", `unable to prepare context: path "${given}" not found`)
  if (!stats.isDirectory())
    throw BuildError.make("context", `unable to prepare context: context must be a directory: ${absolute}`)
  return fs.realpathSync(absolute)
}

const commonIgnore = ".dockerignore"

/** The ignore file that counts: the Dockerfile's own, or the common one. */
const ignoreFileOf = ({ ignore, name }: Found, common: Uint8Array | undefined): OpenContext["ignoreFile"] => {
  const text = new TextDecoder().decode(ignore ?? common)
  if (ignore !== undefined) return { name: `${name}.dockerignore`, text }
  return common === undefined ? undefined : { name: commonIgnore, text }
}

/** How a Dockerfile is found: by the usual names, by a path that is taken from `base`, or it is there already. */
const chosen =
  (root: string, dockerfile: string | Uint8Array | undefined, base: string) =>
  (tree: SourceTree): Found =>
    dockerfile === undefined
      ? usual(tree, root)
      : typeof dockerfile === "string"
        ? named(tree, root, path.resolve(base, dockerfile), dockerfile)
        : { bytes: dockerfile, name: "-", ignore: undefined }

/** In what was fetched, a path of a Dockerfile is one in there, never of this host. */
const inside = (root: string, dockerfile: string | Uint8Array | undefined) =>
  chosen(root, typeof dockerfile === "string" ? TreePath.absolute(dockerfile).slice(1) : dockerfile, root)

const piped = (bytes: Parameters<typeof PipedContext.keep>[0], root: string) =>
  Effect.gen(function* () {
    const content = yield* PipedContext.unpack(yield* PipedContext.keep(bytes, `${root}.piped`), root)
    return { content, time: content._tag === "Archive" ? RemoteContext.newest(root) : undefined }
  })

/** On this host's file systems; digests are kept in the store's cache. */
export const layer: Layer.Layer<BuildContext, never, StoreRoot | LayerStore> = Layer.effect(
  BuildContext,
  Effect.gen(function* () {
    const { paths } = yield* StoreRoot
    const layers = yield* LayerStore
    const cacheOf = (root: string): StatCache.StatCache =>
      StatCache.open(`${paths.cache}/stat/${crypto.createHash("sha256").update(root).digest("hex")}`)

    const preparing = <A>(work: () => A): Effect.Effect<A, BuildError.BuildError> =>
      Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, "unable to prepare context") })

    const scan = (root: string, ignore: IgnoreFile.IgnoreMatcher, cache: StatCache.StatCache) =>
      Effect.flatMap(Effect.clock, (clock) =>
        preparing(() => ContextTree.scan(root, ignore, cache, () => clock.unsafeCurrentTimeMillis()))
      )

    const openDirectory = (
      root: string,
      cache: StatCache.StatCache,
      find: (tree: SourceTree) => Found
    ): Effect.Effect<OpenContext, BuildError.BuildError> =>
      Effect.gen(function* () {
        const host = RootTree.make(root, "root")
        const found = yield* preparing(() => find(host))
        const common = found.ignore === undefined ? readInside(host, commonIgnore) : undefined
        const ignore = yield* preparing(() => matcher(found.ignore ?? common))
        const tree = yield* scan(root, ignore, cache)
        const along = found.name === "-" ? ContextTree.fileBytes(found.bytes.length) : 0
        const sentBytes = tree.tarBytes + along
        const ignoreFile = ignoreFileOf(found, common)
        return { dockerfile: found.bytes, dockerfileName: found.name, ignore, ignoreFile, tree, sentBytes }
      })

    /** A place for a context that is no directory of the user's. */
    const fresh = Effect.mapBoth(layers.workspace, {
      onFailure: (error) => BuildError.make("context", error.message, error),
      onSuccess: ({ dir }) => `${dir}/context`
    })

    const open = (source: ContextSource): Effect.Effect<OpenContext, BuildError.BuildError, Scope.Scope> =>
      Effect.gen(function* () {
        const { dockerfile } = source
        if (source._tag === "Directory") {
          const root = yield* preparing(() => checkedRoot(source.path))
          return yield* openDirectory(root, cacheOf(root), chosen(root, dockerfile, "."))
        }
        const root = yield* fresh
        if (source._tag === "Git") {
          const { content, time } = yield* RemoteContext.fromGit(source, root)
          const context = yield* openDirectory(content, StatCache.none, inside(content, dockerfile))
          return { ...context, time }
        }
        const { content, time } =
          source._tag === "Url"
            ? yield* RemoteContext.fromUrl(source.url, root)
            : yield* piped(source.bytes, root)
        // A text is the Dockerfile, whatever name one was asked for by.
        const given = content._tag === "Text" && typeof dockerfile !== "object" ? content.text : dockerfile
        return { ...(yield* openDirectory(root, StatCache.none, inside(root, given))), time }
      }).pipe(Effect.withSpan("BuildContext.open"))

    const openTree = (source: TreeSource) =>
      Effect.gen(function* () {
        const root =
          source._tag === "Directory"
            ? yield* preparing(() => checkedRoot(source.path))
            : yield* Effect.flatMap(fresh, (place) => RemoteContext.tree(source, place))
        const ignore = yield* preparing(() => matcher(readInside(RootTree.make(root, "root"), commonIgnore)))
        return yield* scan(root, ignore, source._tag === "Directory" ? cacheOf(root) : StatCache.none)
      }).pipe(Effect.withSpan("BuildContext.openTree"))

    const timeOf = (source: TimedSource) =>
      Effect.flatMap(fresh, (root) => RemoteContext.timeOf(source, root))

    return BuildContext.of({ open, openTree, timeOf, reads: ContextReads.of })
  })
)
