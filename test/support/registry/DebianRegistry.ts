import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { program } from "./Program.js"

/** distribution's registry as Debian packages it; undefined where it is not installed. */
export const installed = program("docker-registry")

/** `me` with the password `hunter2`. */
const htpasswd = "me:$2b$04$ZVE5GcTiQ1MFJVF/EbyRDecoIKxZnNLFLLyF2iJpn724o2f0N11Mu\n"

const freePort = Effect.async<number>((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const answers = (port: number) =>
  Effect.async<void, "refused">((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.once("connect", () => resume(Effect.void))
    socket.once("error", () => resume(Effect.fail("refused")))
    return Effect.sync(() => {
      socket.destroy()
    })
  })

const configuration = (directory: string, port: number, auth: "open" | "htpasswd"): string =>
  [
    "version: 0.1",
    "log: { level: error, accesslog: { disabled: true } }",
    `storage: { filesystem: { rootdirectory: ${directory}/data }, delete: { enabled: true } }`,
    `http: { addr: 127.0.0.1:${port} }`,
    ...(auth === "open" ? [] : [`auth: { htpasswd: { realm: test, path: ${directory}/htpasswd } }`])
  ].join("\n")

/** Starts a registry with its data in `directory`, on a free port, until the scope closes. Gives its host. */
export const start = (directory: string, auth: "open" | "htpasswd") =>
  Effect.gen(function* () {
    const port = yield* freePort
    fs.mkdirSync(directory, { recursive: true })
    fs.writeFileSync(path.join(directory, "htpasswd"), htpasswd)
    fs.writeFileSync(path.join(directory, "config.yml"), configuration(directory, port, auth))
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(installed ?? "docker-registry", ["serve", path.join(directory, "config.yml")], {
          stdio: "ignore"
        })
      ),
      (child) =>
        Effect.async<void>((resume) => {
          if (child.exitCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          child.kill()
        })
    )
    yield* Effect.retry(answers(port), Schedule.intersect(Schedule.spaced("50 millis"), Schedule.recurs(400)))
    return `127.0.0.1:${port}`
  })
