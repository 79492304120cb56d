import * as dgram from "node:dgram"
import * as fs from "node:fs"
import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as DnsMessage from "../../core/network/DnsMessage.js"
import * as NftBatch from "../../core/network/NftBatch.js"
import * as ResolverRules from "../../core/network/ResolverRules.js"
import * as NetlinkSocket from "../linux/NetlinkSocket.js"
import { within } from "../linux/NetworkNamespace.js"
import { boundSocket } from "../linux/PortHold.js"
import { NetworkError } from "./NetworkError.js"
import type { Resolver, Resolving } from "./Resolver.js"
import * as Upstream from "./Upstream.js"

/** The two sockets in the container's namespace, and the rules that lead to them. */
const open = (pid: number): { readonly udp: number; readonly tcp: number } =>
  within(`/proc/${pid}/ns/net`, () => {
    const udp = boundSocket("udp", ResolverRules.address, 0)
    try {
      const tcp = boundSocket("tcp", ResolverRules.address, 0)
      try {
        const socket = NetlinkSocket.open(NetlinkSocket.protocol.netfilter)
        try {
          const table = ResolverRules.table({ udp: udp.port, tcp: tcp.port })
          socket.batch(NftBatch.replace(table, ""), "the resolver's table")
        } finally {
          socket.close()
        }
        return { udp: udp.descriptor, tcp: tcp.descriptor }
      } catch (error) {
        fs.closeSync(tcp.descriptor)
        throw error
      }
    } catch (error) {
      fs.closeSync(udp.descriptor)
      throw error
    }
  })

type Protocol = "udp" | "tcp"

/** The response to a message; undefined for what is no question. */
const answer = (
  { lookUp, servers }: Resolving,
  protocol: Protocol,
  message: Uint8Array
): Effect.Effect<Uint8Array | undefined> =>
  Effect.gen(function* () {
    const query = DnsMessage.parseQuery(message)
    if (query === undefined) return undefined
    const known = yield* lookUp(query.question)
    if (known._tag === "Answers")
      return DnsMessage.respond(message, query, DnsMessage.code.noError, known.answers)
    const told = yield* Effect.promise(() => Upstream.forward(protocol, servers, message))
    return told ?? DnsMessage.respond(message, query, DnsMessage.code.serverFailure, [])
  })

type Run = (message: Uint8Array, protocol: Protocol, send: (response: Uint8Array) => void) => void

const listenUdp = (fd: number, run: Run): dgram.Socket => {
  const socket = dgram.createSocket("udp4")
  socket.on("error", () => undefined)
  socket.on("message", (message, from) =>
    run(message, "udp", (response) => socket.send(response, from.port, from.address, () => undefined))
  )
  socket.bind({ fd, exclusive: true })
  // Keeping names is no reason for a command to go on.
  socket.unref()
  return socket
}

const listenTcp = (fd: number, run: Run): net.Server => {
  const server = net.createServer((connection) => {
    connection.unref()
    connection.on("error", () => undefined)
    connection.on(
      "data",
      Upstream.unframe((message) =>
        run(message, "tcp", (response) => connection.write(Upstream.framed(response)))
      )
    )
  })
  server.on("error", () => undefined)
  server.listen({ fd })
  server.unref()
  return server
}

/** Sockets of this process, in the containers' namespaces. */
export const service: Resolver["Type"] = {
  serve: (resolving) =>
    Effect.gen(function* () {
      const fork = yield* FiberSet.makeRuntime<never>()
      const run: Run = (message, protocol, send) =>
        void fork(
          Effect.map(answer(resolving, protocol, message), (response) => {
            if (response !== undefined) send(response)
          })
        )
      yield* Effect.acquireRelease(
        Effect.try({
          try: () => {
            const { udp, tcp } = open(resolving.pid)
            return { datagrams: listenUdp(udp, run), connections: listenTcp(tcp, run) }
          },
          catch: (cause) =>
            new NetworkError({
              reason: "Io",
              message: `cannot start the resolver of process ${resolving.pid}: ${cause instanceof Error ? cause.message : String(cause)}`,
              cause
            })
        }),
        ({ datagrams, connections }) =>
          Effect.sync(() => {
            datagrams.close()
            connections.close()
          })
      )
    })
}
