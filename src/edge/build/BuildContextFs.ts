import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as IgnoreFile from "../../core/dockerfile/IgnoreFile.js"
import { LayerStore } from "../store/LayerStore.js"
import { StoreRoot } from "../store/StoreRoot.js"
import { BuildContext, type ContextSource, type OpenContext } from "./BuildContext.js"
import * as BuildError from "./BuildError.js"
import * as ContextTree from "./ContextTree.js"
import * as PipedContext from "./PipedContext.js"
import * as Resolve from "./Resolve.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree } from "./SourceTree.js"
import * as StatCache from "./StatCache.js"

const usualNames = ["Dockerfile", "dockerfile"]
/** More than any Dockerfile or ignore file has. */
const textBytesMax = 16 * 1024 * 1024

/** A regular file's bytes, links resolved inside the tree; undefined where there is none. */
const readInside = (tree: SourceTree, name: string): Uint8Array | undefined => {
  const resolved = Resolve.resolve(tree, name, "follow")
  const entry = tree.entry(resolved)
  if (entry?.kind === "directory" && !name.endsWith("ignore"))
    throw BuildError.make("context", `failed to read dockerfile: read ${name}: is a directory`)
  if (entry?.kind !== "file") return undefined
  if (entry.sizeBytes > textBytesMax) throw BuildError.make("context", `${name} is too large`)
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

/** On this host's file systems; digests are kept in the store's cache. */
export const layer: Layer.Layer<BuildContext, never, StoreRoot | LayerStore> = Layer.effect(
  BuildContext,
  Effect.gen(function* () {
    const { paths } = yield* StoreRoot
    const layers = yield* LayerStore
    const cacheOf = (root: string): StatCache.StatCache =>
      StatCache.open(`${paths.cache}/stat/${crypto.createHash("sha256").update(root).digest("hex")}`)

    const openDirectory = (
      root: string,
      cache: StatCache.StatCache,
      find: (tree: SourceTree) => Found
    ): Effect.Effect<OpenContext, BuildError.BuildError> =>
      Effect.flatMap(Effect.clock, (clock) =>
        Effect.try({
          try: () => {
            const host = RootTree.make(root, "root")
            const found = find(host)
            const ignore = matcher(found.ignore ?? readInside(host, ".dockerignore"))
            const tree = ContextTree.scan(root, ignore, cache, () => clock.unsafeCurrentTimeMillis())
            const along = found.name === "-" ? ContextTree.fileBytes(found.bytes.length) : 0
            const sentBytes = tree.tarBytes + along
            return { dockerfile: found.bytes, dockerfileName: found.name, ignore, tree, sentBytes }
          },
          catch: (thrown) => BuildError.ofThrown(thrown, "unable to prepare context")
        })
      )

    const open = (source: ContextSource): Effect.Effect<OpenContext, BuildError.BuildError, Scope.Scope> =>
      Effect.gen(function* () {
        if (source._tag === "Directory") {
          const { dockerfile } = source
          const root = yield* Effect.try({
            try: () => checkedRoot(source.path),
            catch: (thrown) => BuildError.ofThrown(thrown, "unable to prepare context")
          })
          return yield* openDirectory(root, cacheOf(root), (tree) =>
            dockerfile === undefined
              ? usual(tree, root)
              : typeof dockerfile === "string"
                ? named(tree, root, path.resolve(dockerfile), dockerfile)
                : { bytes: dockerfile, name: "-", ignore: undefined }
          )
        }
        const workspace = yield* Effect.mapError(layers.workspace, (error) =>
          BuildError.make("context", error.message, error)
        )
        const root = `${workspace.dir}/context`
        const piped = yield* PipedContext.unpack(source.bytes, root)
        const inMemory = StatCache.none
        return yield* openDirectory(root, inMemory, (tree) =>
          piped._tag === "Text"
            ? { bytes: piped.text, name: "-", ignore: undefined }
            : source.dockerfile === undefined
              ? usual(tree, "")
              : named(tree, root, path.resolve(root, source.dockerfile), source.dockerfile)
        )
      }).pipe(Effect.withSpan("BuildContext.open"))

    return BuildContext.of({ open })
  })
)
