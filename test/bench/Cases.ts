import * as fs from "node:fs"
import * as path from "node:path"
import { type Bench, type Case, image, optional } from "./Bench.js"
import { runtime } from "./Runtime.js"
import { transfer } from "./Transfer.js"

const startUp: Case = {
  name: "start",
  title: "Start-up: kasane version against the bare Node",
  rounds: 15,
  subjects: (bench) => [
    { name: "node -e 0", argv: [process.execPath, "-e", "0"] },
    { name: "kasane version", argv: [...bench.kasane, "version"], env: bench.env },
    ...optional(bench.node24, (node) => [{ name: "node 24 -e 0", argv: [node, "-e", "0"] }]),
    ...optional(bench.kasane24, (kasane) => [
      { name: "kasane version (node 24)", argv: [...kasane, "version"], env: bench.env }
    ])
  ],
  goals: [
    { subject: "kasane version", peer: "node -e 0", atMost: 1.8 },
    { subject: "kasane version (node 24)", peer: "node 24 -e 0", atMost: 1.8 }
  ]
}

/** A container from nothing to its end, on one kind of network. */
const runs = (name: string, words: ReadonlyArray<string>, goals: Case["goals"]): Case => ({
  name,
  title: [...words, "BUSYBOX true"].join(" "),
  rounds: 10,
  subjects: (bench) => [
    { name: "kasane", argv: [...bench.kasane, ...words, image, "true"], env: bench.env },
    ...optional(bench.kasane24, (kasane) => [
      { name: "kasane (node 24)", argv: [...kasane, ...words, image, "true"], env: bench.env }
    ]),
    ...optional(bench.docker, (env) => [{ name: "docker", argv: ["docker", ...words, image, "true"], env }]),
    ...optional(bench.podman, (podman) => [
      { name: "podman", argv: [...podman, ...words, ...bench.podmanRun, image, "true"] }
    ])
  ],
  goals
})

const run = runs(
  "run",
  ["run", "--rm", "--network", "host"],
  [
    { subject: "kasane", peer: "docker", atMost: 0.8 },
    { subject: "kasane", peer: "podman", atMost: 0.8 },
    { subject: "kasane (node 24)", peer: "docker", atMost: 0.6 },
    { subject: "kasane (node 24)", peer: "podman", atMost: 0.6 }
  ]
)

const bridge = runs(
  "bridge",
  ["run", "--rm"],
  [
    { subject: "kasane", peer: "docker", atMost: 0.7 },
    { subject: "kasane (node 24)", peer: "docker", atMost: 0.6 }
  ]
)

/** The engines that build, each building `context` with the words given. */
const builders = (bench: Bench, context: string, words: ReadonlyArray<string>, before?: () => void) => {
  const rest = before === undefined ? {} : { before }
  return [
    { name: "kasane", argv: [...bench.kasane, "build", ...words, context], env: bench.env, ...rest },
    ...optional(bench.docker, (env) => [
      {
        name: "docker (classic)",
        argv: ["/usr/bin/docker", "build", ...words, context],
        env: { ...env, DOCKER_BUILDKIT: "0" },
        ...rest
      },
      {
        name: "docker (BuildKit)",
        argv: ["/usr/bin/docker", "build", ...words, context],
        env: { ...env, DOCKER_BUILDKIT: "1" },
        ...rest
      }
    ])
  ]
}

const context = (bench: Bench, name: string, dockerfile: string): string => {
  const dir = path.join(bench.dir, name)
  fs.mkdirSync(dir, { recursive: true })
  fs.writeFileSync(path.join(dir, "Dockerfile"), dockerfile)
  return dir
}

const steps = (count: number, step: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => step(index)).join("\n")

const rebuild: Case = {
  name: "rebuild",
  title: "Rebuild of 20 steps, nothing changed",
  rounds: 7,
  subjects: (bench) =>
    builders(
      bench,
      context(
        bench,
        "rebuild",
        `FROM ${image}\n${steps(10, (n) => `RUN echo ${n} > /f${n}\nENV V${n}=${n}`)}\n`
      ),
      ["-q", "-t", "bench/rebuild"]
    ),
  goals: [
    { subject: "kasane", peer: "docker (classic)", atMost: 1 },
    { subject: "kasane", peer: "docker (BuildKit)", atMost: 1 }
  ]
}

const runSteps: Case = {
  name: "steps",
  title: "20 RUN steps without cache",
  rounds: 3,
  subjects: (bench) =>
    builders(
      bench,
      context(bench, "steps", `FROM ${image}\n${steps(20, (n) => `RUN echo ${n} > /f${n}`)}\n`),
      ["-q", "--no-cache", "-t", "bench/steps"]
    ),
  goals: [
    { subject: "kasane", peer: "docker (classic)", atMost: 0.2 },
    { subject: "kasane", peer: "docker (BuildKit)", atMost: 1 }
  ]
}

const changed: Case = {
  name: "context",
  title: "One file changed in a context of 10,000",
  rounds: 3,
  subjects: (bench) => {
    const dir = context(bench, "context", `FROM ${image}\nCOPY src /src\nRUN true\n`)
    for (let n = 0; n < 10_000; n++) {
      const file = path.join(dir, "src", String(n % 100), `${n}.txt`)
      if (n < 100) fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, `${n}\n`.repeat(50))
    }
    let round = 0
    return builders(bench, dir, ["-q", "-t", "bench/context"], () =>
      fs.writeFileSync(path.join(dir, "src/7/7.txt"), `changed ${round++}\n`)
    )
  },
  goals: [
    { subject: "kasane", peer: "docker (classic)", atMost: 1 },
    { subject: "kasane", peer: "docker (BuildKit)", atMost: 1 }
  ]
}

const stages: Case = {
  name: "stages",
  title: "8 parallel stages",
  rounds: 3,
  subjects: (bench) =>
    builders(
      bench,
      context(
        bench,
        "stages",
        `${steps(8, (n) => `FROM ${image} AS s${n}\nRUN sleep 0.3; echo ${n} > /out`)}\nFROM scratch\n${steps(8, (n) => `COPY --from=s${n} /out /out${n}`)}\n`
      ),
      ["-q", "--no-cache", "-t", "bench/stages"]
    ),
  goals: [
    { subject: "kasane", peer: "docker (classic)", atMost: 1 },
    { subject: "kasane", peer: "docker (BuildKit)", atMost: 1 }
  ]
}

const copy: Case = {
  name: "copy",
  title: "COPY of 1 GB",
  rounds: 2,
  subjects: (bench) => {
    const dir = context(bench, "copy", "FROM scratch\nCOPY data /data\n")
    fs.mkdirSync(path.join(dir, "data"), { recursive: true })
    const block = Buffer.alloc(1 << 20, "kasane lays layers on layers. ")
    for (let n = 0; n < 16; n++) {
      const file = fs.openSync(path.join(dir, "data", `${n}.bin`), "w")
      for (let written = 0; written < 60; written++) {
        block.writeUInt32LE(n * 1000 + written, 0)
        fs.writeSync(file, block)
      }
      fs.closeSync(file)
    }
    return builders(bench, dir, ["-q", "--no-cache", "-t", "bench/copy"])
  },
  goals: [
    { subject: "kasane", peer: "docker (classic)", atMost: 1 },
    { subject: "kasane", peer: "docker (BuildKit)", atMost: 1 }
  ]
}

export const cases: ReadonlyArray<Case> = [
  startUp,
  run,
  bridge,
  rebuild,
  runSteps,
  changed,
  stages,
  copy,
  ...transfer,
  ...runtime
]
