import type * as net from "node:net"
import type { Readable, Writable } from "node:stream"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as AttachFrame from "./AttachFrame.js"
import * as SocketPath from "./SocketPath.js"

/** Nobody relays the container's streams, or its relay is gone. */
export class AttachError extends Data.TaggedError("AttachError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** Where an attached container's streams go to and come from here. */
export interface Attachment {
  readonly stdin: Readable | undefined
  readonly stdout: Writable | undefined
  readonly stderr: Writable | undefined
}

export interface Attached {
  /** Completes when the container's output has ended and was written out, or the relay is gone. */
  readonly ended: Effect.Effect<void>
  readonly resize: (size: AttachFrame.Size) => void
}

/** Attaches to the container whose relay listens at `socket`; when this succeeds nothing of its output is missed any more. */
export const attach = (
  socket: string,
  attachment: Attachment
): Effect.Effect<Attached, AttachError, Scope.Scope> =>
  Effect.gen(function* () {
    const connection = yield* connect(socket)
    const ended = new Promise<void>((resolve) => connection.on("close", () => resolve()))
    const { stdin, stdout, stderr } = attachment
    yield* Effect.async<void, AttachError>((resume) => {
      const frames = new AttachFrame.FrameReader()
      connection.on("close", () =>
        resume(Effect.fail(new AttachError({ message: "the container's relay is gone", cause: undefined })))
      )
      connection.on("data", (chunk) => {
        const arrived = frames.push(chunk)
        if (arrived === "noise") return void connection.destroy()
        for (const { kind, payload } of arrived) {
          if (kind === AttachFrame.Kind.hello) resume(Effect.void)
          const sink =
            kind === AttachFrame.Kind.stdout ? stdout : kind === AttachFrame.Kind.stderr ? stderr : undefined
          if (sink !== undefined && !sink.write(payload)) {
            connection.pause()
            sink.once("drain", () => connection.resume())
          }
        }
      })
      connection.write(
        AttachFrame.encodeHello({
          stdin: stdin !== undefined,
          stdout: stdout !== undefined,
          stderr: stderr !== undefined
        })
      )
    })
    stdin?.on("data", (chunk: Buffer) => {
      if (connection.write(AttachFrame.encode(AttachFrame.Kind.stdin, chunk))) return
      stdin.pause()
      connection.once("drain", () => stdin.resume())
    })
    stdin?.on("end", () => connection.write(AttachFrame.encode(AttachFrame.Kind.stdinEnd)))
    return {
      ended: Effect.promise(() => ended),
      resize: (size) => void connection.write(AttachFrame.encodeSize(size))
    }
  })

const connect = (socket: string): Effect.Effect<net.Socket, AttachError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.mapError(
      SocketPath.connect(socket),
      (cause) => new AttachError({ message: "nobody relays the container's streams", cause })
    ),
    (connection) => Effect.sync(() => connection.destroy())
  )
