import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { OciRecord } from "../../core/container/bundle/OciRecord.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"

/** The state directory says no; `message` is ready for the user. */
export class OciContainersError extends Data.TaggedError("OciContainersError")<{
  readonly reason: "Exists" | "Missing" | "BadId" | "Io"
  readonly message: string
  readonly cause?: unknown
}> {}

/** Where the parts of one container's state are; absolute paths. */
export interface OciPaths {
  readonly directory: string
  readonly gate: string
  readonly reports: string
  /** The container's state as hooks read it. */
  readonly hookState: string
  readonly spec: string
}

type Io<A> = Effect.Effect<A, OciContainersError>

/**
 * The containers of the OCI command line: a directory for each below `root` (`--root`), gone after a reboot if it lies in /run. A record is
 * replaced at once or not at all; an id is given once.
 */
export class OciContainers extends Context.Tag("kasane/edge/bundle/OciContainers")<
  OciContainers,
  {
    /** Makes a container's directory; fails with `Exists` when there is one, with `BadId` for an id that is no plain name. */
    readonly claim: (root: string, id: string) => Io<OciPaths>
    readonly paths: (root: string, id: string) => OciPaths
    readonly write: (root: string, record: OciRecord) => Io<void>
    /** Fails with `Missing`, in the words that other engines look for. */
    readonly read: (root: string, id: string) => Io<OciRecord>
    readonly writeSpec: (root: string, spec: ContainerSpec) => Io<void>
    readonly readSpec: (root: string, id: string) => Io<ContainerSpec>
    /** Changed in place: who has it open reads the new text. */
    readonly writeHookState: (root: string, id: string, text: string) => Io<void>
    /** Every container that can be read, by id. */
    readonly list: (root: string) => Io<ReadonlyArray<OciRecord>>
    readonly remove: (root: string, id: string) => Io<void>
    /** A filter that was compiled before, by the digest of what it was compiled from. */
    readonly cachedFilter: (root: string, key: string) => Effect.Effect<Uint8Array | undefined>
    /** Best effort: a cache that cannot be written costs time only. */
    readonly cacheFilter: (root: string, key: string, program: Uint8Array) => Effect.Effect<void>
  }
>() {}
