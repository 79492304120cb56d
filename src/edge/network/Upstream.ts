import * as dgram from "node:dgram"
import * as net from "node:net"

/** Milliseconds that one server gets. */
const patience_ms = 3000

const port = 53

/** `fe80::1%eth0`, `10.0.0.1`. */
const familyOf = (server: string): "udp4" | "udp6" => (server.includes(":") ? "udp6" : "udp4")

const askByUdp = (server: string, query: Uint8Array): Promise<Uint8Array | undefined> =>
  new Promise((resolve) => {
    const socket = dgram.createSocket(familyOf(server))
    let isOver = false
    const done = (answer: Uint8Array | undefined) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      socket.close()
      resolve(answer)
    }
    const timer = setTimeout(() => done(undefined), patience_ms)
    socket.on("error", () => done(undefined))
    const unlessFailed = (next: () => void) => (error?: unknown) => (error ? done(undefined) : next())
    // Connected, so that only the server itself can answer.
    socket.connect(
      port,
      server,
      unlessFailed(() =>
        socket.send(
          query,
          unlessFailed(() => undefined)
        )
      )
    )
    socket.on("message", (answer) => {
      if (answer.length >= 12 && answer[0] === query[0] && answer[1] === query[1]) done(answer)
    })
  })

/** A message over TCP has its length in front. Source: RFC 1035, 4.2.2. */
export const framed = (message: Uint8Array): Buffer => {
  const size = Buffer.alloc(2)
  size.writeUInt16BE(message.length)
  return Buffer.concat([size, message])
}

/** Calls `take` with each whole message of a stream. */
export const unframe = (take: (message: Uint8Array) => void) => {
  let pending = Buffer.alloc(0)
  return (chunk: Buffer): void => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0)
      take(pending.subarray(2, end))
      pending = pending.subarray(end)
    }
  }
}

const askByTcp = (server: string, query: Uint8Array): Promise<Uint8Array | undefined> =>
  new Promise((resolve) => {
    const socket = net.connect({ host: server, port })
    const done = (answer: Uint8Array | undefined) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(patience_ms, () => done(undefined))
    socket.once("error", () => done(undefined))
    socket.once("close", () => done(undefined))
    socket.once("connect", () => socket.write(framed(query)))
    socket.on("data", unframe(done))
  })

const ask = { udp: askByUdp, tcp: askByTcp } as const

/** The first answer that any of the servers gives, each asked after the one before has failed. */
export const forward = async (
  protocol: "udp" | "tcp",
  servers: ReadonlyArray<string>,
  query: Uint8Array
): Promise<Uint8Array | undefined> => {
  for (const server of servers) {
    const answer = await ask[protocol](server, query)
    if (answer !== undefined) return answer
  }
  return undefined
}
