import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { BindMount } from "../../core/container/Mount.js"

/** Files could not be copied. `Missing`, `NotDirectory`: the path, or a part of it. */
export class CopyError extends Data.TaggedError("CopyError")<{
  readonly reason: "Missing" | "NotDirectory" | "ReadOnly" | "Failed"
  readonly message: string
  readonly cause: unknown
}> {}

/** What stands at a path. */
export type PathStatus =
  | { readonly _tag: "Directory" }
  | { readonly _tag: "File" }
  | { readonly _tag: "Link"; readonly target: string }
  | { readonly _tag: "Other"; readonly what: "a device" | "a socket" | "a named pipe" }

/**
 * A file system from its root on, in which others may change things meanwhile. Links are followed inside of it and lead
 * nowhere else. Paths are absolute; of the last name a link is not followed, unless a slash or `/.` comes after it.
 */
export interface FileTree {
  /** Undefined where there is nothing. */
  readonly status: (path: string) => Effect.Effect<PathStatus | undefined, CopyError>
  /** A tar of what is at a path, whose topmost entry is called `name`. */
  readonly pack: (path: string, name: string) => Stream.Stream<Uint8Array, CopyError>
  /**
   * Adds a tar's entries to a directory, which must exist: files and links take the place of what is no directory, and
   * directories of the same name become one. `owners`: those of the entries, or the caller for all.
   */
  readonly merge: <E>(
    directory: string,
    bytes: Stream.Stream<Uint8Array, E>,
    owners: "kept" | "ours"
  ) => Effect.Effect<void, E | CopyError>
}

/** The files of a container that does not run. */
export interface StoppedView {
  /** The container's own directory: files that are bound from there are there after its first start. */
  readonly dir: string
  readonly upper: string
  readonly work: string
  readonly merged: string
  /** Topmost first. */
  readonly lower: ReadonlyArray<string>
  readonly readonly: boolean
  readonly mounts: ReadonlyArray<BindMount>
}

/** Where files are copied from and to. */
export class FileTrees extends Context.Tag("kasane/edge/copy/FileTrees")<
  FileTrees,
  {
    readonly host: Effect.Effect<FileTree, CopyError, Scope.Scope>
    /** What a running process sees: its mounts as well. */
    readonly ofProcess: (pid: number) => Effect.Effect<FileTree, CopyError, Scope.Scope>
    /** What a container would see, with its volumes and binds, mounted for this process alone. */
    readonly stopped: (view: StoppedView) => Effect.Effect<FileTree, CopyError, Scope.Scope>
  }
>() {}
