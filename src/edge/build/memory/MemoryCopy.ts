import * as Effect from "effect/Effect"
import * as ArchiveLimits from "../../archive/ArchiveLimits.js"
import * as Decompressor from "../../archive/Decompressor.js"
import { TarReader } from "../../archive/TarReader.js"
import * as FileNodes from "../../store/memory/FileNode.js"
import { TarChanges } from "../../store/memory/TarChanges.js"
import * as BuildError from "../BuildError.js"
import type { CopyInto, LooseSource, UnpackedTree } from "../CopyStep.js"
import type { SourceTree } from "../SourceTree.js"
import { Watching } from "../Unpacking.js"
import * as Files from "./Files.js"
import type { MemoryTarget } from "./MemoryTarget.js"
import * as MemoryTree from "./MemoryTree.js"

/** What ADD finds at its URLs. */
export type Remote = ReadonlyMap<string, Uint8Array>

/** How a copy is carried out in memory. */
export const make = (
  target: MemoryTarget,
  remote: Remote
): Pick<CopyInto, "target" | "loose" | "checkOut" | "unpack"> => ({
  target,
  loose: (source) => loose(remote, source),
  checkOut: ({ url }) =>
    BuildError.make("unsupported", `ADD of a git repository is not possible in memory: ${url}`),
  unpack: (tree, path) => unpack(tree.bytes(path))
})

const loose = (remote: Remote, source: LooseSource): SourceTree => {
  const isInline = source._tag === "Inline"
  const content = isInline ? source.content : (remote.get(source.url) ?? "")
  const file = { content, mode: isInline ? 0o644 : 0o600, modified: 0 }
  return MemoryTree.of(Files.treeOf({ [source.name]: file }, 0), "root")
}

const unpack = (bytes: Uint8Array): Effect.Effect<UnpackedTree | undefined, BuildError.BuildError> => {
  const limits = ArchiveLimits.standard
  const changes = new TarChanges(limits, "plain")
  const watching = new Watching(changes)
  const reader = new TarReader(watching, limits)
  const read = Effect.tryPromise({
    try: async () => {
      const decompressor = Decompressor.make(Decompressor.sniff(bytes), limits, (chunk) =>
        reader.write(chunk)
      )
      await decompressor.write(bytes)
      await decompressor.end()
      reader.finish()
    },
    catch: (cause) =>
      BuildError.make("archive", cause instanceof Error ? cause.message : String(cause), cause)
  })
  // What is no archive has not shown a single entry.
  return Effect.matchEffect(read, {
    onFailure: (error) => (watching.entries === 0 ? Effect.succeed(undefined) : Effect.fail(error)),
    onSuccess: () =>
      Effect.sync(() =>
        watching.entries === 0
          ? undefined
          : {
              tree: MemoryTree.of(FileNodes.apply(FileNodes.emptyTree, changes.changes), "kept"),
              named: watching.named
            }
      )
  })
}
