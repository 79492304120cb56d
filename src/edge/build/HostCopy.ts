import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as BuildError from "./BuildError.js"
import type { CopyInto, LooseSource } from "./CopyStep.js"
import type { EarlierCopy } from "./EarlierCopy.js"
import * as HostTarget from "./HostTarget.js"
import type { Download } from "./RemoteFile.js"
import type { RemoteSources } from "./RemoteSources.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree } from "./SourceTree.js"
import type { StepRoot } from "./StepRoot.js"
import * as Unpacking from "./Unpacking.js"
import type { WrittenFiles } from "./WrittenFiles.js"

export interface HostCopy {
  readonly into: StepRoot
  readonly written: WrittenFiles
  readonly earlier: EarlierCopy | undefined
  readonly remote: RemoteSources
  readonly identity: "root" | "mapped"
}

/** How a copy is carried out in directories of this host. */
export const make = ({
  into,
  written,
  earlier,
  remote,
  identity
}: HostCopy): Pick<CopyInto, "target" | "loose" | "checkOut" | "unpack"> => ({
  target: HostTarget.ofStep({ root: into.root, upper: into.upper, written, earlier }),
  loose: (source, index) => loose(remote.downloads, `${into.scratch}/${index}`, source),
  checkOut: (source) => Effect.map(remote.checkOut(source), (root) => RootTree.make(root, "root")),
  unpack: (tree, path, name) =>
    Effect.gen(function* () {
      const fd = yield* Effect.acquireRelease(
        attempt(() => fs.openSync(tree.hostPath(path), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)),
        (opened) => Effect.sync(() => fs.closeSync(opened))
      )
      const root = `${into.scratch}/unpacked-${name}`
      const done = yield* Unpacking.unpack({ fd, root, identity })
      return done && { tree: RootTree.make(root, "kept"), named: done.named }
    })
})

const attempt = <A>(work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, "failed to copy files") })

const loose = (
  downloads: ReadonlyMap<string, Download>,
  directory: string,
  source: LooseSource
): SourceTree => {
  fs.mkdirSync(directory)
  if (source._tag === "Inline")
    fs.writeFileSync(`${directory}/${source.name}`, source.content, { mode: 0o644 })
  else {
    const download = downloads.get(source.url)
    if (download === undefined) throw BuildError.make("remote", `${source.url} was not downloaded`)
    const file = `${directory}/${source.name}`
    fs.linkSync(download.path, file)
    fs.chmodSync(file, 0o600)
    fs.utimesSync(file, download.modified, download.modified)
  }
  return RootTree.make(directory, "root")
}
