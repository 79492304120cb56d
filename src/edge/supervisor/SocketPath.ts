import * as net from "node:net"
import * as Effect from "effect/Effect"
import { openDirectory } from "./SocketName.js"

/** A connection to the socket at a path; fails with why there is none. What ends it later is told by its `close`. */
export const connect = (path: string): Effect.Effect<net.Socket, unknown> =>
  Effect.async((resume) => {
    try {
      const { name, close } = openDirectory(path)
      const connection = net.connect(name)
      const refused = (cause: unknown) => {
        close()
        resume(Effect.fail(cause))
      }
      connection.once("error", refused)
      connection.once("connect", () => {
        close()
        connection.off("error", refused)
        connection.on("error", () => {})
        resume(Effect.succeed(connection))
      })
    } catch (cause) {
      resume(Effect.fail(cause))
    }
  })
