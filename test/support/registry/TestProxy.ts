import * as http from "node:http"
import * as net from "node:net"
import * as Effect from "effect/Effect"

/** A proxy that leads every name to one place of the loopback, and keeps what it was asked. */
export const start = (place: string) =>
  Effect.acquireRelease(
    Effect.async<{
      readonly server: http.Server
      readonly port: number
      readonly asked: Array<string>
      readonly tunnels: Set<net.Socket>
    }>((resume) => {
      const asked: Array<string> = []
      const tunnels = new Set<net.Socket>()
      const note = (request: http.IncomingMessage) =>
        asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "nobody"}`)
      const server = http.createServer((request, response) => {
        note(request)
        const url = new URL(request.url ?? "")
        const { "proxy-authorization": _, ...headers } = request.headers
        const onward = http.request(
          {
            host: "127.0.0.1",
            port: place.split(":")[1],
            path: url.pathname,
            method: request.method,
            headers
          },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers)
            answer.pipe(response)
          }
        )
        request.pipe(onward)
      })
      server.on("connect", (request: http.IncomingMessage, socket: net.Socket) => {
        note(request)
        if (request.url?.startsWith("forbidden.test") === true) {
          socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")
          return
        }
        const onward = net.connect(Number(place.split(":")[1]), "127.0.0.1", () => {
          socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
          onward.pipe(socket)
          socket.pipe(onward)
        })
        for (const end of [socket, onward]) {
          tunnels.add(end)
          end.on("error", () => end.destroy())
        }
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ server, port, asked, tunnels }))
      })
    }),
    ({ server, tunnels }) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
        for (const end of tunnels) end.destroy()
      })
  )
