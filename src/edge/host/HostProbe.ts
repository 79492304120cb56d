import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { Host, HostDevice, PathKind } from "../../core/container/HostFacts.js"

/** The host could not be asked, or cannot run containers at all. */
export class HostError extends Data.TaggedError("HostError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** What a container's specification needs to know of this machine. Reads only, but for {@link makeDirectory}. */
export class HostProbe extends Context.Tag("kasane/edge/host/HostProbe")<
  HostProbe,
  {
    /** The machine itself. Read once. */
    readonly host: Effect.Effect<Host, HostError>
    /** What lies at host paths, links followed. */
    readonly kinds: (paths: ReadonlyArray<string>) => Effect.Effect<Readonly<Record<string, PathKind>>>
    /** Makes a directory (and its parents) where nothing is: the source of a -v bind. */
    readonly makeDirectory: (path: string) => Effect.Effect<void, HostError>
    /** The device nodes at, or below, each path. */
    readonly devices: (
      paths: ReadonlyArray<string>
    ) => Effect.Effect<Readonly<Record<string, ReadonlyArray<HostDevice>>>>
    /** A file of the host as text; undefined where there is none that can be read. */
    readonly text: (path: string) => Effect.Effect<string | undefined>
  }
>() {}
