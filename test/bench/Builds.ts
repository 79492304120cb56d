import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Bench, type Case, image, must, optional } from "./Bench.js"
import type { Goal } from "./Report.js"
import type { Command } from "./Timing.js"

/** A build that every engine does. */
interface Build {
  readonly context: string
  readonly words: ReadonlyArray<string>
  /** Done before each run of each engine: a change of the context that nobody has seen. */
  readonly change?: () => void
  /** Each run leaves gigabytes, which are removed before the engine's next. */
  readonly isLarge?: boolean
}

/** One engine that builds. */
interface Builder {
  readonly name: string
  readonly start: ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  readonly flags?: ReadonlyArray<string>
  /** What removes the images without a name, and what was kept for them. */
  readonly prunes: ReadonlyArray<ReadonlyArray<string>>
}

const builders = (bench: Bench): ReadonlyArray<Builder> => [
  { name: "kasane", start: bench.kasane, env: bench.env, prunes: [["image", "prune", "-f"]] },
  ...optional(bench.docker, (env) =>
    ["classic", "BuildKit"].map((kind) => ({
      name: `docker (${kind})`,
      start: ["/usr/bin/docker"],
      env: { ...env, DOCKER_BUILDKIT: kind === "BuildKit" ? "1" : "0" },
      prunes: [
        ["image", "prune", "-f"],
        ["builder", "prune", "-f"]
      ]
    }))
  ),
  ...optional(bench.buildah, (start) => [
    {
      name: "buildah",
      start,
      env: process.env,
      // It keeps the layers of steps, as the others do, only when it is asked to.
      flags: ["--layers", ...bench.limits],
      prunes: [["rmi", "--prune", "-f"]]
    }
  ])
]

const subjects = (bench: Bench, { change, context, isLarge, words }: Build): ReadonlyArray<Command> =>
  builders(bench).map(({ env, flags = [], name, prunes, start }) => ({
    name,
    argv: [...start, "build", ...flags, ...words, context],
    env,
    before: () => {
      if (isLarge === true) for (const prune of prunes) must([...start, ...prune], env)
      change?.()
    }
  }))

const context = (bench: Bench, name: string, dockerfile: string): string => {
  const dir = path.join(bench.dir, name)
  fs.mkdirSync(dir, { recursive: true })
  fs.writeFileSync(path.join(dir, "Dockerfile"), dockerfile)
  return dir
}

const steps = (count: number, step: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => step(index)).join("\n")

const memoryMax_bytes = 200e6

const goals = (classic = 1): ReadonlyArray<Goal> => [
  { subject: "kasane", peer: "docker (classic)", atMost: classic },
  { subject: "kasane", peer: "docker (BuildKit)", atMost: 1 },
  { subject: "kasane", peer: "buildah", atMost: 1 },
  { subject: "kasane", peakAtMost_bytes: memoryMax_bytes }
]

const rebuild: Case = {
  name: "rebuild",
  title: "Rebuild of 20 steps, nothing changed",
  rounds: 7,
  subjects: (bench) =>
    subjects(bench, {
      context: context(
        bench,
        "rebuild",
        `FROM ${image}\n${steps(10, (n) => `RUN echo ${n} > /f${n}\nENV V${n}=${n}`)}\n`
      ),
      words: ["-q", "-t", "bench/rebuild"]
    }),
  goals: goals()
}

const runSteps: Case = {
  name: "steps",
  title: "20 RUN steps without cache",
  rounds: 3,
  subjects: (bench) =>
    subjects(bench, {
      context: context(bench, "steps", `FROM ${image}\n${steps(20, (n) => `RUN echo ${n} > /f${n}`)}\n`),
      words: ["-q", "--no-cache", "-t", "bench/steps"]
    }),
  goals: goals(0.2)
}

const changed: Case = {
  name: "context",
  title: "One file changed in a context of 10,000",
  rounds: 5,
  subjects: (bench) => {
    const dir = context(bench, "context", `FROM ${image}\nCOPY src /src\nRUN true\n`)
    for (let n = 0; n < 10_000; n++) {
      const file = path.join(dir, "src", String(n % 100), `${n}.txt`)
      if (n < 100) fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, `${n}\n`.repeat(50))
    }
    let round = 0
    return subjects(bench, {
      context: dir,
      // On the host's network: links and bridges are not what is measured.
      words: ["-q", "--network", "host", "-t", "bench/context"],
      change: () => fs.writeFileSync(path.join(dir, "src/7/7.txt"), `changed ${round++}\n`)
    })
  },
  goals: goals()
}

const stages: Case = {
  name: "stages",
  title: "8 parallel stages",
  rounds: 3,
  subjects: (bench) =>
    subjects(bench, {
      context: context(
        bench,
        "stages",
        `${steps(8, (n) => `FROM ${image} AS s${n}\nRUN sleep 0.3; echo ${n} > /out`)}\nFROM scratch\n${steps(8, (n) => `COPY --from=s${n} /out /out${n}`)}\n`
      ),
      words: ["-q", "--no-cache", "-t", "bench/stages"]
    }),
  goals: goals()
}

/** Writes 1 GB in 16 files, of which nobody has seen a megabyte before. */
const writeGigabyte = (dir: string, round: number): void => {
  const block = Buffer.alloc(1_000_000, "kasane lays layers on layers. ")
  for (let n = 0; n < 16; n++) {
    const file = fs.openSync(path.join(dir, `${n}.bin`), "w")
    for (let written = 0; written < 63; written++) {
      block.writeUInt32LE(round, 0)
      block.writeUInt32LE(n * 1000 + written, 4)
      fs.writeSync(file, block)
    }
    fs.closeSync(file)
  }
  // What is written back meanwhile would be the first engine's loss.
  execFileSync("sync")
}

const copy: Case = {
  name: "copy",
  title: "COPY of 1 GB that is new each time",
  rounds: 3,
  subjects: (bench) => {
    const dir = context(bench, "copy", "FROM scratch\nCOPY data /data\n")
    const data = path.join(dir, "data")
    fs.mkdirSync(data, { recursive: true })
    let round = 0
    return subjects(bench, {
      context: dir,
      words: ["-q", "-t", "bench/copy"],
      change: () => writeGigabyte(data, round++),
      isLarge: true
    })
  },
  goals: goals()
}

export const builds: ReadonlyArray<Case> = [rebuild, runSteps, changed, stages, copy]
