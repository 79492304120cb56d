import * as fs from "node:fs"
import * as net from "node:net"
import { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as AttachFrame from "./AttachFrame.js"
import { ContainerIoError, type OurEnds } from "./ContainerIo.js"
import type { Relay } from "./Relay.js"
import { openDirectory } from "./SocketPath.js"

/** Turns a stream's chunks into frames of a connection, as fast as the connection takes them. */
const framed = (connection: net.Socket, kind: AttachFrame.Kind): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      connection.write(AttachFrame.encode(kind, chunk), done)
    }
  })

/** Our ends, once the container runs. */
export type LateEnds = () => OurEnds | undefined

const serve = (connection: net.Socket, relay: Relay, lateEnds: LateEnds): void => {
  const frames = new AttachFrame.FrameReader()
  let leave = () => {}
  const take = (frame: AttachFrame.Frame) => {
    switch (frame.kind) {
      case AttachFrame.Kind.hello: {
        const hello = AttachFrame.decodeHello(frame.payload)
        leave = relay.join({
          stdout: hello.stdout ? framed(connection, AttachFrame.Kind.stdout) : undefined,
          stderr: hello.stderr ? framed(connection, AttachFrame.Kind.stderr) : undefined
        })
        // An empty frame says that from here on nothing is missed.
        connection.write(AttachFrame.encode(AttachFrame.Kind.hello))
        return
      }
      case AttachFrame.Kind.stdin: {
        const ends = lateEnds()
        if (ends?.stdin === undefined || ends.stdin.destroyed || ends.stdin.write(frame.payload)) return
        connection.pause()
        ends.stdin.once("drain", () => connection.resume())
        return
      }
      case AttachFrame.Kind.stdinEnd:
        // The end of one person's typing is not the end of a terminal.
        if (lateEnds()?.stderr !== undefined) lateEnds()?.stdin?.end()
        return
      case AttachFrame.Kind.resize: {
        const size = AttachFrame.decodeSize(frame.payload)
        if (size !== undefined) lateEnds()?.resize(size)
      }
    }
  }
  connection.on("data", (chunk) => {
    const arrived = frames.push(chunk)
    if (arrived === "noise") connection.destroy()
    else arrived.forEach(take)
  })
  connection.on("error", () => {})
  connection.on("close", () => leave())
}

/**
 * Lets others attach to a relayed container through the socket at `path`, until the scope closes; then everyone attached is
 * sent what is left and let go. The socket is for its owner only: it lies in a directory of mode 0700.
 */
export const listen = (
  path: string,
  relay: Relay,
  ends: LateEnds
): Effect.Effect<void, ContainerIoError, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.async<{ server: net.Server; connections: Set<net.Socket>; close: () => void }, ContainerIoError>(
        (resume) => {
          const connections = new Set<net.Socket>()
          const server = net.createServer((connection) => {
            connections.add(connection)
            connection.on("close", () => connections.delete(connection))
            serve(connection, relay, ends)
          })
          const fail = (cause: unknown) =>
            resume(
              Effect.fail(
                new ContainerIoError({ message: `cannot listen at ${path}: ${String(cause)}`, cause })
              )
            )
          try {
            fs.rmSync(path, { force: true })
            const { name, close } = openDirectory(path)
            server.on("error", fail)
            server.listen(name, () => resume(Effect.succeed({ server, connections, close })))
            server.unref()
          } catch (cause) {
            fail(cause)
          }
        }
      ),
      ({ server, connections, close }) =>
        Effect.async<void>((resume) => {
          for (const connection of connections) connection.end()
          server.close(() => {
            close()
            resume(Effect.void)
          })
        })
    )
  )
