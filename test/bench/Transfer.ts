import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Bench, type Case, must, optional } from "./Bench.js"
import type { Goal } from "./Report.js"
import type { Command } from "./Timing.js"

/** Images that travel: ten layers of 30 MB in 3,000 files, which gzip makes a third of that. */

const layers = 10
const filesOfLayer = 300
const fileBytes = 100_000
const memoryMax_bytes = 200e6

/** Text of made-up words, the same in every run: about as compressible as what images hold. */
const writer = () => {
  let state = 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  const words = Array.from({ length: 4096 }, () =>
    Buffer.from(Array.from({ length: 3 + (next() % 9) }, () => next() & 255))
  )
  return (bytes: number): Buffer => {
    const out = Buffer.allocUnsafe(bytes)
    for (let at = 0; at < bytes; ) at += words[next() & 4095]?.copy(out, at) ?? 0
    return out
  }
}

const context = (dir: string): string => {
  const place = path.join(dir, "transfer-context")
  if (fs.existsSync(place)) return place
  const text = writer()
  const names = Array.from({ length: layers }, (_, index) => `l${index}`)
  for (const name of names) {
    for (let n = 0; n < filesOfLayer; n++) {
      const file = path.join(place, name, String(n % 10), `${n}.bin`)
      if (n < 10) fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, text(fileBytes))
    }
  }
  const copies = names.map((name) => `COPY ${name} /${name}`).join("\n")
  fs.writeFileSync(path.join(place, "Dockerfile"), `FROM scratch\n${copies}\nCMD ["/l0"]\n`)
  return place
}

interface Registry {
  readonly host: string
  readonly clear: () => void
}

/** The image's name at the registry, where kasane has just put it. */
const pushed = (bench: Bench, { clear, host }: Registry): string => {
  const name = `${host}/bench/big:1`
  must([...bench.kasane, "build", "-q", "-t", name, context(bench.dir)], bench.env)
  clear()
  must([...bench.kasane, "push", "-q", name], bench.env)
  return name
}

const quietly = (argv: ReadonlyArray<string>, env?: NodeJS.ProcessEnv): void => {
  spawnSync(argv[0] ?? "", argv.slice(1), { env: env ?? process.env, stdio: "ignore" })
}

/** Every engine, doing one thing with an image. */
interface Engines {
  readonly kasane: Command
  readonly docker: (env: NodeJS.ProcessEnv) => Command
  readonly podman: (podman: ReadonlyArray<string>) => Command
  readonly skopeo: (storage: string) => Command
}

const storageOf = (bench: Bench): string =>
  `[overlay@${path.join(bench.dir, "skopeo/root")}+${path.join(bench.dir, "skopeo/run")}]`

const storagePodman = (bench: Bench): ReadonlyArray<string> => [
  "podman",
  "--root",
  path.join(bench.dir, "skopeo/root"),
  "--runroot",
  path.join(bench.dir, "skopeo/run")
]

const all = (bench: Bench, engines: Engines): ReadonlyArray<Command> => [
  engines.kasane,
  ...optional(bench.docker, (env) => [engines.docker(env)]),
  ...optional(bench.podman, (podman) => [engines.podman(podman)]),
  ...optional(bench.podman && bench.skopeo, () => [engines.skopeo(storageOf(bench))])
]

const goals = (subjects: ReadonlyArray<string>): ReadonlyArray<Goal> =>
  subjects.flatMap((subject) => [
    ...["docker", "podman", "skopeo"].map((peer) => ({ subject, peer, atMost: 1 })),
    { subject, peakAtMost_bytes: memoryMax_bytes }
  ])

const withRegistry = (
  bench: Bench,
  subjects: (registry: Registry) => ReadonlyArray<Command>
): ReadonlyArray<Command> => {
  if (bench.registry !== undefined) return subjects(bench.registry)
  console.log("docker-registry: not installed, nothing to measure")
  return []
}

/** Pulls of `name`, each into a store from which `forget` has taken it. */
const pulls = (bench: Bench, name: string, forgetKasane: () => void): Engines => ({
  kasane: {
    name: "kasane",
    argv: [...bench.kasane, "pull", "-q", name],
    env: { ...bench.env, KASANE_ROOT: path.join(bench.dir, "pulled") },
    before: forgetKasane
  },
  docker: (env) => ({
    name: "docker",
    argv: ["docker", "pull", "-q", name],
    env,
    before: () => quietly(["docker", "rmi", "-f", name], env)
  }),
  podman: (podman) => ({
    name: "podman",
    argv: [...podman, "pull", "-q", "--tls-verify=false", name],
    before: () => quietly([...podman, "rmi", "-f", name])
  }),
  skopeo: (storage) => ({
    name: "skopeo",
    argv: [
      "skopeo",
      "copy",
      "-q",
      "--src-tls-verify=false",
      `docker://${name}`,
      `containers-storage:${storage}${name}`
    ],
    before: () => quietly([...storagePodman(bench), "rmi", "-f", name])
  })
})

const pull: Case = {
  name: "pull",
  title: "pull of 300 MB in ten layers",
  rounds: 3,
  subjects: (bench) =>
    withRegistry(bench, (registry) => {
      const pulled = path.join(bench.dir, "pulled")
      return all(
        bench,
        pulls(bench, pushed(bench, registry), () => fs.rmSync(pulled, { recursive: true, force: true }))
      )
    }),
  goals: goals(["kasane"])
}

const again: Case = {
  name: "pull-again",
  title: "pull of an image of which all but 1 MB is there",
  rounds: 5,
  subjects: (bench) =>
    withRegistry(bench, (registry) => {
      const base = pushed(bench, registry)
      const name = `${registry.host}/bench/derived:1`
      const place = path.join(bench.dir, "derived-context")
      fs.mkdirSync(place, { recursive: true })
      fs.writeFileSync(path.join(place, "more"), writer()(1_000_000))
      fs.writeFileSync(path.join(place, "Dockerfile"), `FROM ${base}\nCOPY more /more\n`)
      must([...bench.kasane, "build", "-q", "-t", name, place], bench.env)
      must([...bench.kasane, "push", "-q", name], bench.env)
      const engines = pulls(bench, name, () => quietly([...bench.kasane, "rmi", "-f", name], own))
      const own = engines.kasane.env ?? bench.env
      for (const { argv, env } of all(
        bench,
        pulls(bench, base, () => {})
      ))
        must(argv, env ?? process.env)
      return all(bench, engines)
    }),
  goals: [{ subject: "kasane", peakAtMost_bytes: memoryMax_bytes }]
}

const push: Case = {
  name: "push",
  title: "push of 300 MB in ten layers, to a registry that has none of it",
  rounds: 3,
  subjects: (bench) =>
    withRegistry(bench, (registry) => {
      const name = pushed(bench, registry)
      const engines = pulls(bench, name, () => {})
      for (const { argv, env } of all(bench, engines)) must(argv, env ?? process.env)
      const before = registry.clear
      const storage = `containers-storage:${storageOf(bench)}${name}`
      return [
        { name: "kasane (as built)", argv: [...bench.kasane, "push", "-q", name], env: bench.env, before },
        ...all(bench, {
          kasane: { ...engines.kasane, name: "kasane", argv: [...bench.kasane, "push", "-q", name], before },
          docker: (env) => ({ name: "docker", argv: ["docker", "push", "-q", name], env, before }),
          podman: (podman) => ({
            name: "podman",
            argv: [...podman, "push", "-q", "--tls-verify=false", name],
            before
          }),
          skopeo: () => ({
            name: "skopeo",
            argv: ["skopeo", "copy", "-q", "--dest-tls-verify=false", storage, `docker://${name}`],
            before
          })
        })
      ]
    }),
  goals: goals(["kasane", "kasane (as built)"])
}

const copy: Case = {
  name: "copy-image",
  title: "copy of 300 MB in ten layers from a registry to an image layout",
  rounds: 5,
  subjects: (bench) =>
    withRegistry(bench, (registry) => {
      const from = `docker://${pushed(bench, registry)}`
      const to = path.join(bench.dir, "layout")
      const before = () => fs.rmSync(to, { recursive: true, force: true })
      return [
        {
          name: "kasane",
          argv: [...bench.kasane, "copy", "-q", from, `oci:${to}:1`],
          env: bench.env,
          before
        },
        ...(bench.skopeo
          ? [
              {
                name: "skopeo",
                argv: ["skopeo", "copy", "-q", "--src-tls-verify=false", from, `oci:${to}:1`],
                before
              }
            ]
          : [])
      ]
    }),
  goals: [{ subject: "kasane", peakAtMost_bytes: memoryMax_bytes }]
}

export const transfer: ReadonlyArray<Case> = [pull, again, push, copy]
