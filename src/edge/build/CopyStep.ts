import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as IgnoreFile from "../../core/dockerfile/IgnoreFile.js"
import * as FileMode from "../../core/plan/FileMode.js"
import type { Operation, Source } from "../../core/plan/Operation.js"
import * as Owner from "../../core/plan/Owner.js"
import * as BuildError from "./BuildError.js"
import * as Copier from "./Copier.js"
import type { Selection } from "./InputReader.js"
import * as Matches from "./Matches.js"
import type { Download } from "./RemoteFile.js"
import * as Resolve from "./Resolve.js"
import * as RootTree from "./RootTree.js"
import type { SourceTree } from "./SourceTree.js"
import * as StepRoot from "./StepRoot.js"
import * as Unpacking from "./Unpacking.js"

type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>
type PathSource = Extract<Source, { readonly _tag: "Path" }>

const compiled = (patterns: ReadonlyArray<string>): IgnoreFile.IgnoreMatcher =>
  Either.getOrThrowWith(IgnoreFile.compile(patterns), (error) =>
    BuildError.make("source-missing", `invalid pattern: ${error.message}`)
  )

/** What the sources of a copy select in their origin. */
export const selections = (operation: CopyOperation): ReadonlyArray<Selection> => {
  const excluded = operation.exclude.length === 0 ? undefined : compiled(operation.exclude)
  return operation.sources.flatMap((source) => (source._tag === "Path" ? [selection(source, excluded)] : []))
}

const selection = (source: PathSource, excluded: IgnoreFile.IgnoreMatcher | undefined): Selection => {
  const { pattern = "" } = source
  const included = pattern === "" ? undefined : compiled([pattern])
  return {
    path: source.path,
    included: included && ((path) => IgnoreFile.isExcluded(included, path)),
    excluded: excluded && ((path) => IgnoreFile.isExcluded(excluded, path)),
    excludedForGood: !(excluded?.hasExceptions ?? false)
  }
}

export interface CopyInto {
  readonly operation: CopyOperation
  /** The tree that Path sources are taken from. */
  readonly origin: SourceTree
  readonly downloads: ReadonlyMap<string, Download>
  readonly into: StepRoot.StepRoot
  readonly identity: "root" | "mapped"
}

/** Copies the sources of COPY or ADD into a root, one after the other: of two files for one place the last stays. */
export const copy = (step: CopyInto): Effect.Effect<void, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { operation, into } = step
    const owner =
      operation.chown === undefined
        ? undefined
        : Owner.resolve(operation.chown, StepRoot.accounts(RootTree.make(into.root, "kept")))
    const mode =
      operation.chmod === undefined ? undefined : Either.getOrUndefined(FileMode.parse(operation.chmod))
    const base: Omit<Copier.CopyRequest, "source" | "path"> = {
      root: into.root,
      destination: operation.destination,
      owner,
      mode,
      included: undefined,
      excluded: undefined,
      excludedForGood: true,
      conflicts: "refuse"
    }
    const chosen = selections(operation)
    let place = 0
    for (const [index, source] of operation.sources.entries()) {
      if (source._tag === "Path") {
        const selected = chosen[place++]
        if (selected !== undefined) yield* paths(step, { ...base, ...selected }, source, selected, index)
      } else if (source._tag === "Git")
        return yield* BuildError.make(
          "unsupported",
          `ADD of a git repository is not supported: ${source.url}`
        )
      else {
        const tree = yield* attempt(() => single(step, source, index))
        if (source._tag === "Http" && source.unpack) {
          const done = yield* unpacked(step, base, tree, tree.names("")[0] ?? "", index)
          if (done) continue
        }
        yield* attempt(() => Copier.copy({ ...base, source: tree, path: tree.names("")[0] ?? "" }))
      }
    }
  })

const attempt = <A>(work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, "failed to copy files") })

/** A tree with nothing but the one file of a heredoc or download. */
const single = (
  step: CopyInto,
  source: Extract<Source, { readonly _tag: "Inline" | "Http" }>,
  index: number
): SourceTree => {
  const directory = `${step.into.scratch}/${index}`
  fs.mkdirSync(directory)
  if (source._tag === "Inline")
    fs.writeFileSync(`${directory}/${source.name}`, source.content, { mode: 0o644 })
  else {
    const download = step.downloads.get(source.url)
    if (download === undefined) throw BuildError.make("remote", `${source.url} was not downloaded`)
    const file = `${directory}/${source.name}`
    fs.linkSync(download.path, file)
    fs.chmodSync(file, 0o600)
    fs.utimesSync(file, download.modified, download.modified)
  }
  return RootTree.make(directory, "root")
}

const paths = (
  step: CopyInto,
  request: Omit<Copier.CopyRequest, "source">,
  source: PathSource,
  selected: Selection,
  index: number
): Effect.Effect<void, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const matches = yield* attempt(() => Matches.find(step.origin, selected.path))
    for (const [at, match] of matches.entries()) {
      if (source.unpack && (yield* unpacked(step, request, step.origin, match, `${index}-${at}`))) continue
      yield* attempt(() => Copier.copy({ ...request, source: step.origin, path: match }))
    }
    if (source.pattern !== undefined) yield* attempt(() => parentsFound(step.origin, source))
  })

/** With --parents a path without wildcards must be there. */
const parentsFound = (origin: SourceTree, source: PathSource): void => {
  const { pattern = "", path } = source
  if (/[*?[]/.test(pattern) || /[*?[]/.test(path)) return
  const full = Resolve.resolve(origin, `${path}/${pattern}`, "keep")
  if (origin.entry(full) === undefined) throw Copier.missing(origin, full)
}

/** Unpacks an archive at the destination; false if the file is none, and nothing was done. */
const unpacked = (
  step: CopyInto,
  request: Omit<Copier.CopyRequest, "source" | "path">,
  tree: SourceTree,
  path: string,
  name: string | number
): Effect.Effect<boolean, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const resolved = yield* attempt(() => Resolve.resolve(tree, path, "follow"))
    if (tree.entry(resolved)?.kind !== "file") return false
    const fd = yield* Effect.acquireRelease(
      attempt(() => fs.openSync(tree.hostPath(resolved), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)),
      (opened) => Effect.sync(() => fs.closeSync(opened))
    )
    const root = `${step.into.scratch}/unpacked-${name}`
    const done = yield* Unpacking.unpack({ fd, root, identity: step.identity })
    if (done === undefined) return false
    yield* attempt(() =>
      Copier.copy({
        ...request,
        source: RootTree.make(root, "kept"),
        path: "",
        // What is unpacked goes below the destination, which is a directory whether it says so or not.
        destination: `${request.destination}/`,
        mode: undefined,
        included: undefined,
        excluded: undefined,
        conflicts: { replace: true, named: done.named }
      })
    )
    return true
  })
