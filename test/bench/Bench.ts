import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { program } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Peers from "./Peers.js"
import type { Goal } from "./Report.js"
import type { Measured, Subject } from "./Timing.js"

/** One thing that is measured: its subjects side by side, and what is wanted of kasane's. */
export interface Case {
  readonly name: string
  readonly title: string
  readonly rounds: number
  readonly subjects: (bench: Bench) => ReadonlyArray<Subject> | Promise<ReadonlyArray<Subject>>
  readonly goals: ReadonlyArray<Goal>
}

export type Outcome = { readonly case: Case; readonly measured: ReadonlyArray<Measured> }

/** The base image's name in every engine. */
export const image = "bench/base:1"

/** Everything a case may use: directories, and every engine with {@link image} in it. Absent peers are undefined. */
export interface Bench {
  readonly dir: string
  /** The program as people start it; with `env` on this Node, with `env24` on a newer one, where it could be had. */
  readonly kasane: ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  readonly node24: string | undefined
  readonly env24: NodeJS.ProcessEnv | undefined
  readonly docker: NodeJS.ProcessEnv | undefined
  readonly podman: ReadonlyArray<string> | undefined
  readonly buildah: ReadonlyArray<string> | undefined
  /** Words for podman's `run` and buildah's `build`, which they need where limits cannot be raised. */
  readonly limits: ReadonlyArray<string>
  readonly skopeo: boolean
  /** A registry of this run; `clear` takes everything out of it. */
  readonly registry: { readonly host: string; readonly clear: () => void } | undefined
  readonly close: () => Promise<void>
}

/** What a peer brings (subjects), where it is there. */
export const optional = <A, S>(
  value: A | undefined | false,
  make: (value: A) => ReadonlyArray<S>
): ReadonlyArray<S> => (value === undefined || value === false ? [] : make(value))

/** Runs a command that a case needs done. */
export const must = (argv: ReadonlyArray<string>, env: NodeJS.ProcessEnv): void => {
  const done = spawnSync(argv[0] ?? "", argv.slice(1), { env, encoding: "utf8" })
  if (done.status !== 0) throw new Error(`${argv.join(" ")}: ${done.stdout}${done.stderr}`)
}

/** buildah has no import: the base is built from the archive. */
const importInto = (buildah: ReadonlyArray<string>, tar: string, dir: string): void => {
  const context = path.join(dir, "buildah-base")
  fs.mkdirSync(context)
  fs.linkSync(tar, path.join(context, "base.tar"))
  fs.writeFileSync(path.join(context, "Dockerfile"), "FROM scratch\nADD base.tar /\n")
  must([...buildah, "build", "-q", "-t", image, context], process.env)
}

/** Makes the store, starts the peers that are installed, and puts the base image into each. */
export const open = async (): Promise<Bench> => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-bench-"))
  const onNode = (node: string) => ({
    ...process.env,
    PATH: `${path.dirname(node)}:${process.env["PATH"]}`,
    KASANE_ROOT: path.join(dir, "kasane")
  })
  const env = onNode(process.execPath)
  const tar = RootFs.tar(dir)
  const kasane = [program]
  must([...kasane, "import", tar, image], env)

  const docker = await Peers.docker(path.join(dir, "docker"))
  if (docker !== undefined) must(["docker", "import", tar, image], docker.env)
  else console.log("docker: not installed (or not root), left out")

  Peers.prepareCrun()
  const podman = Peers.ofContainers("podman", path.join(dir, "podman"))
  if (podman !== undefined) must([...podman, "import", tar, image], process.env)
  else console.log("podman: not installed, left out")
  const buildah = Peers.ofContainers("buildah", path.join(dir, "buildah"))
  if (buildah !== undefined) importInto(buildah, tar, dir)
  else console.log("buildah: not installed, left out")

  const registry = await Peers.registry(path.join(dir, "registry"))
  const node24 = Peers.node24()
  if (node24 === undefined) console.log("Node 24: not to be had, left out")
  return {
    dir,
    kasane,
    env,
    node24,
    env24: node24 === undefined ? undefined : onNode(node24),
    docker: docker?.env,
    podman,
    buildah,
    limits: ["--ulimit", "nofile=1024:4096", "--ulimit", "nproc=1024:4096"],
    skopeo: Peers.installed("skopeo"),
    registry,
    close: async () => {
      // What cases left running: docker ends its containers itself.
      for (const [start, its] of [
        [kasane, env],
        [podman, process.env]
      ] as const)
        for (const name of start === undefined ? [] : ["bench-exec", "bench-stop", "bench-one"])
          spawnSync(start?.[0] ?? "", [...(start ?? []).slice(1), "rm", "-f", name], {
            env: its,
            stdio: "ignore"
          })
      await docker?.stop()
      await registry?.stop()
      for (const mounted of fs
        .readFileSync("/proc/self/mounts", "utf8")
        .split("\n")
        .map((line) => line.split(" ")[1] ?? "")
        .filter((point) => point.startsWith(`${dir}/`))
        .reverse()) {
        execFileSync("umount", ["-l", mounted])
      }
      fs.rmSync(dir, { recursive: true, force: true })
    }
  }
}
