import type { Readable } from "node:stream"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ProcessIdentity } from "../../core/store/ContainerState.js"
import type { ContainerPaths } from "../../core/store/LayoutPaths.js"
import type { Size } from "../linux/TerminalDevice.js"
import type { AttachError, Attached, Attachment } from "./AttachClient.js"
import type { ContainerIo, ContainerIoError } from "./ContainerIo.js"
import type { LogFileError, Rotation } from "./LogFile.js"
import type { Audience } from "./Relay.js"

/** Which streams a container has. */
export interface StreamRequest {
  readonly paths: ContainerPaths
  readonly terminal: boolean
  readonly interactive: boolean
  /** The container's input ends with that of the first one attached to it. */
  readonly stdinOnce: boolean
  readonly log: Rotation | undefined
}

/** A container's streams while this process relays them. */
export interface Relayed {
  /** Sends the output from now on to `audience` too, until the scope closes. */
  readonly join: (audience: Audience) => Effect.Effect<void, never, Scope.Scope>
  /** Sends what can be read here to the container's input, and then the input's end. */
  readonly feed: (source: Readable) => Effect.Effect<void, never, Scope.Scope>
  readonly resize: (size: Size) => Effect.Effect<void>
  /** Completes when the output has ended and is in the log, but for a last line without its newline. */
  readonly finished: Effect.Effect<void>
  /** Completes when what the container had written before is in the log. */
  readonly flushed: Effect.Effect<void>
}

/** Streams made before their process starts. `io` is for the runtime; `relay` begins once the process runs. */
export interface Prepared extends Relayed {
  readonly io: Pick<ContainerIo, "stdio" | "descriptors" | "held">
  readonly relay: Effect.Effect<void, ContainerIoError>
}

/** Those of a container. */
export interface Attachable extends Prepared {
  /** Others can attach once this has succeeded. Only its first run does something. */
  readonly attachable: Effect.Effect<void, ContainerIoError>
}

/**
 * The standard streams of containers. Whoever holds the scope of `prepare` or `adopt` is the relay: it logs, lets others
 * attach, and may die without harm to the container.
 */
export class Streams extends Context.Tag("kasane/edge/supervisor/Streams")<
  Streams,
  {
    /** For a container about to be started here. */
    readonly prepare: (
      request: StreamRequest
    ) => Effect.Effect<Attachable, ContainerIoError | LogFileError, Scope.Scope>
    /** For a running container whose relay is gone. `monitor` is its monitor. */
    readonly adopt: (
      request: StreamRequest,
      monitor: ProcessIdentity | undefined
    ) => Effect.Effect<Relayed, ContainerIoError | LogFileError, Scope.Scope>
    /** For one more process in a container: not logged, not attachable, gone from disk at once. */
    readonly temporary: (
      request: Pick<StreamRequest, "paths" | "terminal" | "interactive">
    ) => Effect.Effect<Prepared, ContainerIoError | LogFileError, Scope.Scope>
    /** Attaches to a container that another process relays. */
    readonly attach: (
      paths: ContainerPaths,
      attachment: Attachment
    ) => Effect.Effect<Attached, AttachError, Scope.Scope>
  }
>() {}
