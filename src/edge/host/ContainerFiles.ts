import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { AccountFiles } from "../../core/container/Account.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import type { Destinations } from "../../core/container/MountTargets.js"
import type { NetworkFiles } from "../../core/container/NetworkFiles.js"
import type { ContainerPaths } from "../../core/store/LayoutPaths.js"

/** A file of a container could not be read or written. */
export class ContainerFilesError extends Data.TaggedError("ContainerFilesError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** The files beside a container that its engine keeps, and what it needs to see of the image's. */
export class ContainerFiles extends Context.Tag("kasane/edge/host/ContainerFiles")<
  ContainerFiles,
  {
    /** Writes what is bound over /etc/hosts, /etc/hostname and /etc/resolv.conf. */
    readonly writeNetwork: (
      paths: ContainerPaths,
      files: NetworkFiles
    ) => Effect.Effect<void, ContainerFilesError>
    /** Adds lines to what is bound over /etc/hosts. */
    readonly appendHosts: (paths: ContainerPaths, lines: string) => Effect.Effect<void, ContainerFilesError>
    /** Takes the lines of addresses out of it again. */
    readonly dropHosts: (
      paths: ContainerPaths,
      addresses: ReadonlyArray<string>
    ) => Effect.Effect<void, ContainerFilesError>
    /** Changes what is bound over /etc/resolv.conf. */
    readonly writeResolvers: (paths: ContainerPaths, text: string) => Effect.Effect<void, ContainerFilesError>
    /**
     * The account files in the union of `layers` (topmost first), links followed inside it, regular files of at most
     * `mostBytes` only.
     */
    readonly accounts: (
      layers: ReadonlyArray<string>,
      mostBytes: number
    ) => Effect.Effect<AccountFiles, ContainerFilesError>
    /**
     * By target, where in the union of `layers` a mount must go whose target is a link to what is not there; the other targets
     * are left out.
     */
    readonly dangling: (
      layers: ReadonlyArray<string>,
      targets: ReadonlyArray<string>
    ) => Effect.Effect<Destinations, ContainerFilesError>
    /** Keeps the specification that a container runs with, for those who act on it later. */
    readonly keepSpec: (
      paths: ContainerPaths,
      spec: ContainerSpec
    ) => Effect.Effect<void, ContainerFilesError>
    readonly spec: (paths: ContainerPaths) => Effect.Effect<ContainerSpec, ContainerFilesError>
    /** Forgets how the last life ended, before the next begins. */
    readonly clearExit: (paths: ContainerPaths) => Effect.Effect<void, ContainerFilesError>
    /** Whether a directory has nothing in it. */
    readonly isEmpty: (directory: string) => Effect.Effect<boolean, ContainerFilesError>
    /** A directory below another one, found without leaving that: the host path; undefined where there is none. */
    readonly directoryWithin: (
      directory: string,
      path: string
    ) => Effect.Effect<string | undefined, ContainerFilesError>
    /**
     * Copies what the union of `layers` has at `target` into `directory`, with owners, modes, times and attributes, and gives
     * the directory itself the target's owner and mode. Does nothing where the union has no directory there.
     */
    readonly copyUp: (
      layers: ReadonlyArray<string>,
      target: string,
      directory: string
    ) => Effect.Effect<void, ContainerFilesError>
  }
>() {}
