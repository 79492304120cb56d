import type * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"

/** A conversation in lines. */
export interface LineChannel {
  readonly send: (line: string) => Effect.Effect<void>
  /** The next line; undefined when the other side is gone. */
  readonly receive: Effect.Effect<string | undefined>
}

/** No message of ours is longer; a peer that sends more is cut off. */
const longestLine = 1 << 20

/** Speaks over a connected socket, which the scope closes. */
export const over = (socket: net.Socket): Effect.Effect<LineChannel, never, Scope.Scope> =>
  Effect.gen(function* () {
    const lines = yield* Queue.unbounded<string | undefined>()
    let rest = ""
    socket.setEncoding("utf8")
    socket.on("data", (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop() ?? ""
      for (const line of parts) Queue.unsafeOffer(lines, line)
      if (rest.length > longestLine) socket.destroy()
    })
    socket.on("error", () => {})
    socket.on("close", () => Queue.unsafeOffer(lines, undefined))
    yield* Effect.addFinalizer(() => Effect.sync(() => socket.end()))
    return {
      send: (line) => Effect.sync(() => void socket.write(`${line}\n`)),
      receive: Queue.take(lines)
    }
  })
