import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { IgnoreMatcher } from "../../core/dockerfile/IgnoreFile.js"
import type { GitRef } from "../../core/plan/GitRef.js"
import type { Operation } from "../../core/plan/Operation.js"
import type { BuildError } from "./BuildError.js"
import type { ContextTree } from "./ContextTree.js"
import type { GitAccess } from "./GitProgram.js"

/** A Dockerfile: a path (its place is told where this is used), or the text itself; undefined: the usual names. */
type Chosen = string | Uint8Array | undefined

/** Where a build's files come from. */
export type ContextSource = Data.TaggedEnum<{
  /** `dockerfile`: a path of this host, relative to the working directory. */
  Directory: { readonly path: string; readonly dockerfile: Chosen }
  /** Standard input: a tar (plain or compressed), or a Dockerfile without a context. `dockerfile`: a path in the tar. */
  Piped: { readonly bytes: Stream.Stream<Uint8Array, BuildError>; readonly dockerfile: string | undefined }
  /** `dockerfile`: a path in what is read of the repository. */
  Git: { readonly repository: GitRef; readonly access: GitAccess; readonly dockerfile: Chosen }
  /** A tar (plain or compressed), or a Dockerfile without a context. `dockerfile`: a path in the tar. */
  Url: { readonly url: string; readonly dockerfile: Chosen }
}>
export const ContextSource = Data.taggedEnum<ContextSource>()

/** Where the files of a named context come from. What a URL gives and is no archive is a file named `context`. */
export type TreeSource = Data.TaggedEnum<{
  Directory: { readonly path: string }
  Git: { readonly repository: GitRef; readonly access: GitAccess }
  Url: { readonly url: string }
}>
export const TreeSource = Data.taggedEnum<TreeSource>()

/** Something elsewhere that has a time of its own. */
export type TimedSource =
  | Extract<TreeSource, { readonly _tag: "Git" }>
  | { readonly _tag: "Url"; readonly url: string; readonly checksum?: string }

/** An opened context: the Dockerfile, and the files as they were when it was opened. */
export interface OpenContext {
  readonly dockerfile: Uint8Array
  /** For messages: `Dockerfile`, `docker/app.Dockerfile`, `-`. */
  readonly dockerfileName: string
  /** What the ignore file leaves out of {@link tree}. */
  readonly ignore: IgnoreMatcher
  /** The ignore file itself; undefined where there is none. */
  readonly ignoreFile: { readonly name: string; readonly text: string } | undefined
  readonly tree: ContextTree
  /** What the context would measure as a tar, as Docker counts: a Dockerfile from elsewhere goes along. */
  readonly sentBytes: number
  /**
   * The context's own time, in seconds since 1970: the commit's, what the server said, or that of the newest file of an archive. Undefined
   * for a directory of this host.
   */
  readonly time?: number | undefined
}

/**
 * Opens build contexts.
 *
 * Guarantees: nothing outside the context is read by following a link in it, neither as Dockerfile nor as ignore file nor as a
 * source; one pass looks at every file, and a file's content is read once for as long as its size, times and inode stay
 * the same, across builds too. A repository runs none of its hooks and reaches nothing by other protocols than https, http, ssh
 * and git.
 */
export class BuildContext extends Context.Tag("kasane/edge/build/BuildContext")<
  BuildContext,
  {
    /** What was fetched or unpacked is gone when the scope closes. */
    readonly open: (source: ContextSource) => Effect.Effect<OpenContext, BuildError, Scope.Scope>
    /** Where everything lies that a step reads of the context, were these files there too. Contents are not read. */
    readonly reads: (
      tree: ContextTree,
      added: ReadonlyArray<string>,
      operation: Operation
    ) => ReadonlySet<string>
    /** The own time of what lies elsewhere, as {@link OpenContext.time}. */
    readonly timeOf: (source: TimedSource) => Effect.Effect<number | undefined, BuildError, Scope.Scope>
    /** A named context: files without a Dockerfile, as the `.dockerignore` at their root leaves them. */
    readonly openTree: (source: TreeSource) => Effect.Effect<ContextTree, BuildError, Scope.Scope>
  }
>() {}
