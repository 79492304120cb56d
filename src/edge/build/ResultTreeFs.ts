import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ChainId } from "../../core/layer/ChainId.js"
import type * as Digests from "../../core/oci/Digest.js"
import * as FileSystemPath from "../archive/FileSystemPath.js"
import { namesIn } from "../archive/TreePacker.js"
import * as LayeredTree from "../host/LayeredTree.js"
import { makeNode } from "../linux/MakeNode.js"
import { LayerStore } from "../store/LayerStore.js"
import * as BuildError from "./BuildError.js"
import * as LayerEntries from "./LayerEntries.js"
import * as PackageFiles from "./PackageFiles.js"
import * as ResultDigest from "./ResultDigest.js"
import { ResultTree, type WriteResults } from "./ResultTree.js"

interface OpenResult {
  readonly roots: ReadonlyArray<string>
  readonly directory: string
  readonly files: ReadonlyArray<{ readonly path: string; readonly bytes: Uint8Array }>
}

const at = FileSystemPath.of

const namesOf = (places: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(places.flatMap(namesIn))
]

const join = (directory: string, name: string): string => (directory === "" ? name : `${directory}/${name}`)

const statIfThere = (target: string): fs.Stats | undefined =>
  fs.lstatSync(at(target), { throwIfNoEntry: false })

/** Makes a directory where none is; a link or file of that name goes. */
const makeDirectory = (target: string): void => {
  const there = statIfThere(target)
  if (there?.isDirectory()) return
  if (there !== undefined) fs.rmSync(at(target), { force: true })
  fs.mkdirSync(at(target), { mode: 0o755 })
}

/** Takes away what is at a name, so that a file can be made there and nothing is followed. */
const clear = (target: string): void => fs.rmSync(at(target), { recursive: true, force: true })

/** Writes trees below one destination, and remembers every path that it wrote. */
class ResultWriter {
  readonly written = new Set<string>()

  constructor(
    private readonly destination: string,
    private readonly mtimeSeconds: number | undefined
  ) {}

  result({ roots, directory, files }: OpenResult): void {
    const root = directory === "" ? this.destination : `${this.destination}/${directory}`
    makeDirectory(root)
    this.written.add(directory)
    this.contents(roots, directory, new Map())
    for (const { path: name, bytes } of files) {
      const target = this.hostPath(join(directory, name))
      clear(target)
      fs.writeFileSync(at(target), bytes, { flag: "wx", mode: 0o600 })
      this.finish(target, join(directory, name), undefined)
    }
    if (directory !== "") this.finish(root, directory, undefined)
  }

  private hostPath(name: string): string {
    return `${this.destination}/${name}`
  }

  private contents(places: ReadonlyArray<string>, directory: string, links: Map<string, string>): void {
    for (const name of namesOf(places)) {
      const found = LayeredTree.here(places, name)
      if (found === undefined) continue
      const relative = join(directory, name)
      const target = this.hostPath(relative)
      if (found.kind === "directory") this.directory(found.places, relative, target, links)
      else this.leaf(found.place, relative, target, links)
    }
  }

  private directory(
    places: ReadonlyArray<string>,
    relative: string,
    target: string,
    links: Map<string, string>
  ): void {
    makeDirectory(target)
    // Written into first: its own mode may forbid that.
    fs.chmodSync(at(target), 0o700)
    this.contents(places, relative, links)
    const [top] = places
    if (top === undefined) return
    const stats = fs.lstatSync(at(top))
    fs.chmodSync(at(target), stats.mode & 0o7777)
    this.finish(target, relative, stats)
  }

  private leaf(place: string, relative: string, target: string, links: Map<string, string>): void {
    const stats = fs.lstatSync(at(place))
    const twin = `${stats.dev}:${stats.ino}`
    const first = stats.nlink > 1 ? links.get(twin) : undefined
    if (!stats.isFile() && !stats.isSymbolicLink() && !stats.isFIFO()) return
    clear(target)
    if (first !== undefined) {
      fs.linkSync(at(first), at(target))
      this.written.add(relative)
      return
    }
    links.set(twin, target)
    if (stats.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(at(place), "buffer"), at(target))
    else if (stats.isFIFO()) makeNode(at(target), "fifo", 0o600)
    else copyFile(at(place), at(target))
    if (!stats.isSymbolicLink()) fs.chmodSync(at(target), stats.mode & 0o7777)
    this.finish(target, relative, stats)
  }

  private finish(target: string, relative: string, stats: fs.Stats | undefined): void {
    this.written.add(relative)
    const seconds = this.mtimeSeconds ?? (stats === undefined ? undefined : stats.mtimeMs / 1000)
    if (seconds !== undefined) fs.lutimesSync(at(target), seconds, seconds)
  }
}

/** A copy of the content. Node 22 and later give root's copies the owner of the original; these are the caller's. */
const copyFile = (from: string | Buffer, to: string | Buffer): void => {
  fs.copyFileSync(from, to, fs.constants.COPYFILE_EXCL | fs.constants.COPYFILE_FICLONE)
  fs.lchownSync(to, process.geteuid?.() ?? 0, process.getegid?.() ?? 0)
}

/** Removes what is below a directory and was not written. */
const removeOthers = (written: ReadonlySet<string>, destination: string, directory: string): void => {
  for (const name of namesIn(directory === "" ? destination : `${destination}/${directory}`)) {
    const relative = join(directory, name)
    const target = `${destination}/${relative}`
    if (!written.has(relative)) clear(target)
    else if (statIfThere(target)?.isDirectory()) removeOthers(written, destination, relative)
  }
}

/** The files (not directories) of a stack, by path below the destination. */
const filesOf = (places: ReadonlyArray<string>, directory: string): ReadonlyArray<string> =>
  namesOf(places).flatMap((name) => {
    const found = LayeredTree.here(places, name)
    if (found === undefined) return []
    const relative = join(directory, name)
    return found.kind === "directory" ? filesOf(found.places, relative) : [relative]
  })

/** Fails where two results that go to one directory have the same file. */
const refuseCollisions = (results: ReadonlyArray<OpenResult>): void => {
  const shared = results.filter((one) =>
    results.some((other) => other !== one && other.directory === one.directory)
  )
  const seen = new Set<string>()
  for (const { roots, directory, files } of shared)
    for (const name of [...filesOf(roots, directory), ...files.map((file) => join(directory, file.path))]) {
      if (seen.has(name))
        throw BuildError.make(
          "destination",
          `cannot overwrite ${name} of one platform with that of another: leave out platform-split=false`
        )
      seen.add(name)
    }
}

/** The digests of the regular files of the union, by path. */
const digestsOf = (roots: ReadonlyArray<string>): ReadonlyArray<readonly [string, Digests.Digest]> => {
  const found: Array<readonly [string, Digests.Digest]> = []
  const visit = (places: ReadonlyArray<string>, directory: string): void => {
    for (const name of namesOf(places)) {
      const at = LayeredTree.here(places, name)
      if (at?.kind === "directory") visit(at.places, join(directory, name))
      else if (at?.kind === "file") found.push([join(directory, name), ResultDigest.ofFile(at.place)])
    }
  }
  visit(roots, "")
  return found.sort(([a], [b]) => (a < b ? -1 : 1))
}

export const layer: Layer.Layer<ResultTree, never, LayerStore> = Layer.effect(
  ResultTree,
  Effect.gen(function* () {
    const layers = yield* LayerStore
    const write = (request: WriteResults) =>
      Effect.gen(function* () {
        const results = yield* Effect.forEach(request.results, ({ chain, ...result }) =>
          Effect.map(
            chain === undefined ? Effect.succeed([]) : layers.lowerDirs(chain),
            (roots): OpenResult => ({ ...result, roots })
          )
        ).pipe(Effect.mapError((error) => BuildError.make("io", error.message, error)))
        yield* Effect.try({
          try: () => {
            refuseCollisions(results)
            const destination = path.resolve(request.destination)
            fs.mkdirSync(destination, { recursive: true })
            const writer = new ResultWriter(destination, request.mtimeSeconds)
            for (const result of results) writer.result(result)
            if (request.mode === "delete") removeOthers(writer.written, destination, "")
          },
          catch: (thrown) => BuildError.ofThrown(thrown, `failed to write ${request.destination}`)
        })
      })

    const reading = <A>(chain: ChainId | undefined, read: (roots: ReadonlyArray<string>) => A) =>
      Effect.gen(function* () {
        const roots =
          chain === undefined
            ? []
            : yield* Effect.mapError(layers.lowerDirs(chain), (error) =>
                BuildError.make("io", error.message, error)
              )
        return yield* Effect.try({
          try: () => read(roots),
          catch: (thrown) => BuildError.ofThrown(thrown, "failed to read the files of the result")
        })
      })

    return {
      write,
      packageFiles: (chain) => reading(chain, PackageFiles.find),
      digests: (chain) => reading(chain, digestsOf),
      layer: (chain) => reading(chain, ([top]) => (top === undefined ? [] : LayerEntries.of(top))),
      content: (chain, path) =>
        reading(chain, ([top]) => (top === undefined ? new Uint8Array() : LayerEntries.content(top, path)))
    }
  })
)
