import * as Data from "effect/Data"
import type { Digest } from "../oci/Digest.js"
import type { Platform } from "../oci/Platform.js"
import type { GitRef } from "./GitRef.js"

/** An image that a plan reads: the normalised reference and the platform to take of it. */
export interface ImageNeed {
  readonly reference: string
  readonly platform: Platform
}

/** Where files come from. A stage is named by its index among {@link BuildPlan.stages}' indexes. */
export type Origin = Data.TaggedEnum<{
  /** The build context, as its ignore file leaves it. */
  Context: {}
  /** Files that the caller gives a name: `--build-context`. */
  Named: { readonly name: string }
  Stage: { readonly stage: number }
  Image: { readonly image: ImageNeed }
  /** Nothing: an empty tree. */
  Scratch: {}
}>
export const Origin = Data.taggedEnum<Origin>()

/** One source of a Copy. */
export type Source = Data.TaggedEnum<{
  /**
   * A path below the origin, absolute and normalised, or a pattern of paths (Go's `filepath.Match`). `parents`
   * patterns are relative to `path`. `unpack`: a local archive is extracted instead of copied (ADD).
   */
  Path: { readonly path: string; readonly pattern: string | undefined; readonly unpack: boolean }
  /** A heredoc, as a file of mode 0644. */
  Inline: { readonly name: string; readonly content: string }
  /** `name`: the file's name at a destination that is a directory. */
  Http: {
    readonly url: string
    readonly name: string
    readonly checksum: Digest | undefined
    readonly unpack: boolean
  }
  /** `url`: the address as written; `repository.checksum` holds the instruction's too. */
  Git: {
    readonly url: string
    readonly repository: GitRef
    readonly keepGitDirectory: boolean
  }
}>
export const Source = Data.taggedEnum<Source>()

/** A `--mount` of RUN, resolved. Targets are absolute and never `/`. */
export type RunMount = Data.TaggedEnum<{
  Bind: {
    readonly origin: Origin
    readonly source: string
    readonly target: string
    readonly readOnly: boolean
  }
  Cache: {
    readonly id: string
    readonly origin: Origin
    readonly source: string
    readonly target: string
    readonly readOnly: boolean
    readonly sharing: "shared" | "private" | "locked"
    readonly mode: number
    readonly uid: number
    readonly gid: number
  }
  /** `size` in bytes, 0 for the kernel's default. */
  Tmpfs: { readonly target: string; readonly size: number }
  /** `target` undefined: only as an environment variable. */
  Secret: {
    readonly id: string
    readonly target: string | undefined
    readonly variable: string | undefined
    readonly mode: number
    readonly uid: number
    readonly gid: number
    readonly required: boolean
  }
  Ssh: {
    readonly id: string
    readonly target: string | undefined
    readonly mode: number
    readonly uid: number
    readonly gid: number
    readonly required: boolean
  }
  /** The body of a heredoc that starts with `#!`, as an executable file. */
  Script: { readonly target: string; readonly content: string }
}>
export const RunMount = Data.taggedEnum<RunMount>()

/** What the container of a RUN is given beside what the Dockerfile says, as `run` takes it: `--add-host` and so on. */
export interface Sandbox {
  readonly hosts: ReadonlyArray<string>
  readonly ulimits: ReadonlyArray<string>
  readonly shmSize: string | undefined
  /** Where its control group is; the command cannot tell. */
  readonly cgroupParent: string | undefined
  /** What the host is called; undefined: as always. */
  readonly hostName?: string
}

/** Nothing but the defaults. */
export const plainSandbox: Sandbox = { hosts: [], ulimits: [], shmSize: undefined, cgroupParent: undefined }

/**
 * What one step does to the file system. `Meta` does nothing to it: only the image's config changes.
 * Everything is resolved: variables expanded, paths absolute, names of stages turned into indexes.
 */
export type Operation = Data.TaggedEnum<{
  Exec: {
    readonly argv: ReadonlyArray<string>
    /** `NAME=value`, the image's and the arguments in scope, names unique. */
    readonly env: ReadonlyArray<string>
    /** Proxy settings: seen by the command, never part of the image or of a cache key. */
    readonly proxy: ReadonlyArray<string>
    readonly cwd: string
    /** As USER has it: names are looked up in the step's root; empty for root. */
    readonly user: string
    readonly mounts: ReadonlyArray<RunMount>
    readonly network: "default" | "none" | "host"
    readonly security: "sandbox" | "insecure"
    readonly sandbox: Sandbox
  }
  Copy: {
    readonly keyword: "COPY" | "ADD"
    readonly origin: Origin
    readonly sources: ReadonlyArray<Source>
    /** Absolute; a trailing slash (or `/.`) says "a directory". */
    readonly destination: string
    readonly chown: string | undefined
    /** Octal digits, or a symbolic mode such as `u+x,go-w`. */
    readonly chmod: string | undefined
    readonly exclude: ReadonlyArray<string>
    readonly parents: boolean
    /** Laid into an empty root, as a layer that does not depend on those below. */
    readonly link: boolean
  }
  /** Make the directory and its missing parents; they belong to `user`. */
  Workdir: { readonly path: string; readonly user: string }
  Meta: {}
}>
export const Operation = Data.taggedEnum<Operation>()

/** The origins that an operation reads, without repetition; the step's own parent is not among them. */
export const origins = (operation: Operation): ReadonlyArray<Origin> => {
  const found: Array<Origin> = []
  const add = (origin: Origin): void => {
    if (origin._tag === "Scratch" || found.some((known) => same(known, origin))) return
    found.push(origin)
  }
  if (operation._tag === "Copy" && operation.sources.some((source) => source._tag === "Path"))
    add(operation.origin)
  if (operation._tag === "Exec")
    for (const mount of operation.mounts)
      if (mount._tag === "Bind" || mount._tag === "Cache") add(mount.origin)
  return found
}

/** Equality of origins by value. */
export const same = (a: Origin, b: Origin): boolean => {
  if (a._tag === "Stage" && b._tag === "Stage") return a.stage === b.stage
  if (a._tag === "Named" && b._tag === "Named") return a.name === b.name
  if (a._tag === "Image" && b._tag === "Image")
    return a.image.reference === b.image.reference && samePlatform(a.image.platform, b.image.platform)
  return a._tag === b._tag
}

/** Equality of platforms by value. */
export const samePlatform = (a: Platform, b: Platform): boolean =>
  a.os === b.os && a.architecture === b.architecture && (a.variant ?? "") === (b.variant ?? "")
