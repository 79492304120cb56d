import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as IgnoreFile from "../../../core/dockerfile/IgnoreFile.js"
import type { FileTree } from "../../store/memory/FileNode.js"
import { BuildContext, type ContextSource, type OpenContext, type TreeSource } from "../BuildContext.js"
import * as BuildError from "../BuildError.js"
import * as ContextReads from "../ContextReads.js"
import * as ContextTree from "../ContextTree.js"
import * as StatCache from "../StatCache.js"
import * as MemoryTree from "./MemoryTree.js"

const ignored = (text: Uint8Array): Either.Either<IgnoreFile.IgnoreMatcher, BuildError.BuildError> =>
  Either.mapLeft(IgnoreFile.compile(IgnoreFile.read(new TextDecoder().decode(text))), (error) =>
    BuildError.make("context", `error checking context: ${error.message}`)
  )

const scanned = (tree: FileTree, names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const host = MemoryTree.of(tree, "root")
    const own = names.find((name) => host.entry(name)?.kind === "file")
    const ignore = own === undefined ? IgnoreFile.nothing : yield* ignored(host.bytes(own))
    const ignoreFile =
      own === undefined ? undefined : { name: own, text: new TextDecoder().decode(host.bytes(own)) }
    return { ignore, ignoreFile, tree: ContextTree.scanTree(host, ignore, StatCache.none, () => 0) }
  })

/** Contexts in memory by name: `Directory`'s path is one, with the Dockerfile's text beside it. */
export const layer = (contexts: ReadonlyMap<string, FileTree>): Layer.Layer<BuildContext> => {
  const named = (source: ContextSource | TreeSource): Effect.Effect<FileTree, BuildError.BuildError> => {
    const tree = source._tag === "Directory" ? contexts.get(source.path) : undefined
    return tree === undefined
      ? BuildError.make("context", "unable to prepare context: there is no such context in memory")
      : Effect.succeed(tree)
  }
  return Layer.succeed(BuildContext, {
    open: (source): Effect.Effect<OpenContext, BuildError.BuildError> =>
      Effect.gen(function* () {
        const found = yield* named(source)
        const dockerfile = source._tag === "Directory" ? source.dockerfile : undefined
        if (typeof dockerfile === "string" || dockerfile === undefined)
          return yield* BuildError.make("context", "unable to prepare context: its Dockerfile must be given")
        const opened = yield* scanned(found, ["Dockerfile.dockerignore", ".dockerignore"])
        return { ...opened, dockerfile, dockerfileName: "Dockerfile", sentBytes: opened.tree.tarBytes }
      }),
    reads: ContextReads.of,
    timeOf: () => BuildError.make("context", "a build in memory fetches nothing"),
    openTree: (source) =>
      Effect.map(
        Effect.flatMap(named(source), (tree) => scanned(tree, [".dockerignore"])),
        ({ tree }) => tree
      )
  })
}
