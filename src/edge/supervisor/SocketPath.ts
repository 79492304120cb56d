import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as Effect from "effect/Effect"

/**
 * Runs `use` with a short name of a socket: the kernel takes at most 107 bytes, a store may lie deeper than that. The name
 * goes through a descriptor of the directory, which is held as long as `use` says. Source: unix(7).
 */
export const openDirectory = (socket: string): { readonly name: string; readonly close: () => void } => {
  const fd = fs.openSync(path.dirname(socket), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY)
  return { name: `/proc/self/fd/${fd}/${path.basename(socket)}`, close: () => fs.closeSync(fd) }
}

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
