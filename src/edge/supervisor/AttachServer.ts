import * as fs from "node:fs"
import * as net from "node:net"
import { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as AttachFrame from "./AttachFrame.js"
import { ContainerIoError, type OurEnds } from "./ContainerIo.js"
import type { Relay } from "./Relay.js"
import { openDirectory } from "./SocketName.js"

/** Turns a stream's chunks into frames of a connection, as fast as the connection takes them; for one who is gone they vanish. */
export const framed = (connection: net.Socket, kind: AttachFrame.Kind): Writable =>
  new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      connection.write(AttachFrame.encode(kind, chunk), () => done())
    }
  })

/** What a container's input is to those attached. */
export interface Input {
  /** Calls back with our ends: at once when the container runs, else as soon as it does, in order. */
  readonly whenRunning: (callback: (ends: OurEnds) => void) => void
  /** The first one whose input ends, or who is gone, ends the container's. */
  readonly once: boolean
}

const serve = (connection: net.Socket, relay: Relay, input: Input): void => {
  const frames = new AttachFrame.FrameReader()
  let leave = () => {}
  let isTyping = false
  const endInput = ({ stdin, stderr }: OurEnds) => {
    // The end of one person's typing is not the end of a terminal.
    if (input.once && stderr !== undefined) stdin?.end()
  }
  const pass = ({ kind, payload }: AttachFrame.Frame, ends: OurEnds) => {
    switch (kind) {
      case AttachFrame.Kind.stdin:
        if (ends.stdin === undefined || ends.stdin.destroyed || ends.stdin.write(payload)) return
        connection.pause()
        ends.stdin.once("drain", () => connection.resume())
        return
      case AttachFrame.Kind.stdinEnd:
        return endInput(ends)
      case AttachFrame.Kind.resize: {
        const size = AttachFrame.decodeSize(payload)
        if (size !== undefined) ends.resize(size)
      }
    }
  }
  const take = (frame: AttachFrame.Frame) => {
    if (frame.kind === AttachFrame.Kind.hello) {
      const hello = AttachFrame.decodeHello(frame.payload)
      isTyping = hello.stdin
      leave = relay.join({
        stdout: hello.stdout ? framed(connection, AttachFrame.Kind.stdout) : undefined,
        stderr: hello.stderr ? framed(connection, AttachFrame.Kind.stderr) : undefined
      })
      // An empty frame says that from here on nothing is missed.
      connection.write(AttachFrame.encode(AttachFrame.Kind.hello))
      return
    }
    // What is typed before the container runs waits for it, and so does who types.
    connection.pause()
    input.whenRunning((ends) => {
      connection.resume()
      pass(frame, ends)
    })
  }
  connection.on("data", (chunk) => {
    const arrived = frames.push(chunk)
    if (arrived === "noise") connection.destroy()
    else arrived.forEach(take)
  })
  connection.on("error", () => {})
  connection.on("close", () => {
    leave()
    if (isTyping) input.whenRunning(endInput)
  })
}

/**
 * Lets others attach to a relayed container through the socket at `path`, until the scope closes; then everyone attached is
 * sent what is left and let go. The socket is for its owner only: it lies in a directory of mode 0700.
 */
export const listen = (
  path: string,
  relay: Relay,
  input: Input
): Effect.Effect<void, ContainerIoError, Scope.Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      Effect.async<{ server: net.Server; connections: Set<net.Socket>; close: () => void }, ContainerIoError>(
        (resume) => {
          const connections = new Set<net.Socket>()
          const server = net.createServer((connection) => {
            connections.add(connection)
            connection.on("close", () => connections.delete(connection))
            serve(connection, relay, input)
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
