import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { program, run } from "./Program.js"

/** What a Docker engine of a test's own needs; undefined where one of it is missing, or we are not root. */
export const installed =
  process.getuid?.() === 0 && program("containerd") !== undefined && program("docker") !== undefined
    ? program("dockerd")
    : undefined

const started = (name: string, args: ReadonlyArray<string>, log: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const out = fs.openSync(log, "w")
      const child = spawn(name, args, { stdio: ["ignore", out, out] })
      fs.closeSync(out)
      return child
    }),
    (child: ChildProcess) =>
      Effect.async<void>((resume) => {
        if (child.exitCode !== null) return resume(Effect.void)
        child.once("exit", () => resume(Effect.void))
        child.kill()
      })
  )

const patiently = Schedule.intersect(Schedule.spaced("100 millis"), Schedule.recurs(600))

/**
 * A Docker engine whose state all lies under `directory`, that touches no network and mounts nothing, until the scope closes.
 * Gives what runs `docker` with it.
 */
export const start = (directory: string) =>
  Effect.gen(function* () {
    fs.mkdirSync(directory, { recursive: true })
    const at = (name: string) => path.join(directory, name)
    const roots = ["--root", at("c"), "--state", at("cs"), "--address", at("c.sock")]
    yield* started("containerd", roots, at("containerd.log"))
    const host = `unix://${at("d.sock")}`
    const places = ["--containerd", at("c.sock"), "--data-root", at("data"), "--exec-root", at("exec")]
    const quiet = ["--bridge", "none", "--iptables=false", "--storage-driver", "vfs", "--pidfile", at("pid")]
    yield* Effect.retry(
      Effect.suspend(() => (fs.existsSync(at("c.sock")) ? Effect.void : Effect.fail("not yet"))),
      patiently
    )
    yield* started("dockerd", ["-H", host, ...places, ...quiet], at("dockerd.log"))
    fs.mkdirSync(at("config"))
    const env = { ...process.env, DOCKER_HOST: host, DOCKER_CONFIG: at("config") }
    const docker = (...args: ReadonlyArray<string>) =>
      Effect.map(run("docker", args, env), (text) => text.trim())
    yield* Effect.retry(Effect.sandbox(docker("version")), patiently)
    return docker
  })
