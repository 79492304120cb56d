import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as IgnoreFile from "../../core/dockerfile/IgnoreFile.js"
import * as FileMode from "../../core/plan/FileMode.js"
import * as InputFiles from "../../core/plan/InputFiles.js"
import type { Operation, Source } from "../../core/plan/Operation.js"
import * as Owner from "../../core/plan/Owner.js"
import * as Accounts from "./Accounts.js"
import * as BuildError from "./BuildError.js"
import * as Copier from "./Copier.js"
import type { Selection } from "./InputReader.js"
import * as Matches from "./Matches.js"
import * as Resolve from "./Resolve.js"
import type { SourceTree } from "./SourceTree.js"
import type { StepInputs } from "./StepExecutor.js"
import type { TargetTree } from "./TargetTree.js"

type CopyOperation = Extract<Operation, { readonly _tag: "Copy" }>
type PathSource = Extract<Source, { readonly _tag: "Path" }>

const compiled = (patterns: ReadonlyArray<string>): IgnoreFile.IgnoreMatcher =>
  Either.getOrThrowWith(IgnoreFile.compile(patterns), (error) =>
    BuildError.make("source-missing", `invalid pattern: ${error.message}`)
  )

/** What the sources of a copy select in their origin. */
export const selections = (operation: CopyOperation): ReadonlyArray<Selection> => {
  const left = excluding(operation)
  return operation.sources.flatMap((source) => (source._tag === "Path" ? [selection(source, left)] : []))
}

/** What `--exclude` leaves out. */
const excluding = ({ exclude }: CopyOperation): Pick<Selection, "excluded" | "excludedForGood"> => {
  const excluded = exclude.length === 0 ? undefined : compiled(exclude)
  return {
    excluded: excluded && ((path) => IgnoreFile.isExcluded(excluded, path)),
    excludedForGood: !(excluded?.hasExceptions ?? false)
  }
}

const selection = (source: PathSource, left: Pick<Selection, "excluded" | "excludedForGood">): Selection => {
  const { pattern = "" } = source
  const included = pattern === "" ? undefined : compiled([pattern])
  return {
    ...left,
    path: source.path,
    included: included && ((path) => IgnoreFile.isExcluded(included, path))
  }
}

/** The sources in the classic history's form: `file:`, `dir:` or `multi:` with a digest over everything that is copied. */
export const summary = (operation: CopyOperation, inputs: Pick<StepInputs, "files" | "remote">): string => {
  const entries = inputs.files.flatMap(({ input }) => input.entries)
  const inline = operation.sources.filter((source) => source._tag === "Inline")
  const [only] = entries
  const single = entries.length + inline.length + inputs.remote.length === 1
  const kind = operation.sources.length > 1 ? "multi" : single && only?.type !== "directory" ? "file" : "dir"
  const parts = [
    ...inputs.files.map(({ input }) => input.digest),
    ...inputs.remote.map(({ digest }) => digest),
    ...inline.map((source) => `${source.name} ${source.content}`)
  ]
  const hex = kind === "file" && only?.type === "file" ? only.content : undefined
  return `${kind}:${hex ?? InputFiles.digestOf(parts).slice("sha256:".length)}`
}

export type GitSource = Extract<Source, { readonly _tag: "Git" }>
/** A source that is missing, as the instruction tells it. */
export const told =
  ({ keyword }: CopyOperation) =>
  (error: BuildError.BuildError): BuildError.BuildError =>
    error.reason === "source-missing"
      ? BuildError.make(error.reason, `${keyword} failed: ${error.message}`, error)
      : error

/** A source that is no path: a heredoc, or what a URL gives. */
export type LooseSource = Extract<Source, { readonly _tag: "Inline" | "Http" }>

/** What an archive held, in a tree of its own. `named`: see Unpacking. */
export interface UnpackedTree {
  readonly tree: SourceTree
  readonly named: ReadonlySet<string>
}

export interface CopyInto {
  readonly operation: CopyOperation
  /** The tree that Path sources are taken from. */
  readonly origin: SourceTree
  readonly target: TargetTree
  /** A tree with nothing but the one file of a loose source. `index`: its place among the sources. Throws. */
  readonly loose: (source: LooseSource, index: number) => SourceTree
  readonly checkOut: (source: GitSource) => Effect.Effect<SourceTree, BuildError.BuildError>
  /** Unpacks the file of a tree; undefined where that is no archive. `name` is this archive's alone. */
  readonly unpack: (
    tree: SourceTree,
    path: string,
    name: string
  ) => Effect.Effect<UnpackedTree | undefined, BuildError.BuildError, Scope.Scope>
}

/** Copies the sources of COPY or ADD into a root, one after the other: of two files for one place the last stays. */
export const copy = (step: CopyInto): Effect.Effect<void, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { operation, target } = step
    const owner =
      operation.chown === undefined ? undefined : Owner.resolve(operation.chown, Accounts.of(target.tree))
    const mode =
      operation.chmod === undefined ? undefined : Either.getOrUndefined(FileMode.parse(operation.chmod))
    const base: Omit<Copier.CopyRequest, "source" | "path"> = {
      target,
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
      } else if (source._tag === "Git") {
        const tree = yield* step.checkOut(source)
        yield* attempt(() => Copier.copy({ ...base, ...excluding(operation), source: tree, path: "" }))
      } else {
        const tree = yield* attempt(() => step.loose(source, index))
        if (source._tag === "Http" && source.unpack) {
          const done = yield* unpacked(step, base, tree, tree.names("")[0] ?? "", `${index}`)
          if (done) continue
        }
        yield* attempt(() => Copier.copy({ ...base, source: tree, path: tree.names("")[0] ?? "" }))
      }
    }
  })

const attempt = <A>(work: () => A): Effect.Effect<A, BuildError.BuildError> =>
  Effect.try({ try: work, catch: (thrown) => BuildError.ofThrown(thrown, "failed to copy files") })

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
  name: string
): Effect.Effect<boolean, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const resolved = yield* attempt(() => Resolve.resolve(tree, path, "follow"))
    if (tree.entry(resolved)?.kind !== "file") return false
    const done = yield* step.unpack(tree, resolved, name)
    if (done === undefined) return false
    yield* attempt(() =>
      Copier.copy({
        ...request,
        source: done.tree,
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
