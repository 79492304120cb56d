import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { ContainerSpec } from "../../src/core/container/ContainerSpec.js"
import type { ContainerFacts } from "../../src/core/container/HostFacts.js"
import * as ReadOptions from "../../src/core/container/ReadOptions.js"
import * as Resolve from "../../src/core/container/Resolve.js"
import { toText } from "../../src/core/container/RuntimeJson.js"
import * as RuntimeSpec from "../../src/core/container/RuntimeSpec.js"
import * as HostProbeLinux from "../../src/edge/host/HostProbeLinux.js"
import * as RuntimeNative from "../../src/edge/runtime/RuntimeNative.js"
import * as RootFs from "../support/RootFs.js"
import { type Bench, type Case, image, must, optional } from "./Bench.js"
import * as Peers from "./Peers.js"
import type { Subject } from "./Timing.js"

const caller = { environment: {}, workingDirectory: "/", files: {} }

/** A container with all of Docker's defaults: overlay, filter, control groups, guarded paths. */
const specOf = async (dir: string, name: string): Promise<ContainerSpec> => {
  const host = await Effect.runPromise(Effect.flatMap(HostProbeLinux.make, (probe) => probe.host))
  const lower = path.join(dir, "spec-root")
  if (!fs.existsSync(lower)) {
    fs.mkdirSync(lower)
    RootFs.fill(lower)
  }
  const at = (part: string): string => {
    const place = path.join(dir, `spec-${name}`, part)
    fs.mkdirSync(place, { recursive: true })
    return place
  }
  const facts: ContainerFacts = {
    id: Buffer.from(`bench ${name} ${process.pid}`).toString("hex").padEnd(64, "0").slice(0, 64),
    root: {
      _tag: "Overlay",
      lower: [lower],
      upper: at("upper"),
      work: at("work"),
      merged: at("merged"),
      userxattr: false
    },
    hostsFile: undefined,
    hostnameFile: undefined,
    resolvConfFile: undefined,
    passwd: undefined,
    group: undefined,
    volumes: {},
    imageMounts: {},
    paths: {},
    devices: {},
    hostDevices: [],
    containers: {},
    stdin: { _tag: "Null" },
    stdout: { _tag: "Null" },
    stderr: { _tag: "Null" },
    terminal: undefined,
    terminalSize: undefined,
    statusFile: undefined
  }
  const flags = { network: ["none"], memory: ["512m"], "pids-limit": ["100"] }
  const options = Either.getOrThrow(ReadOptions.read(flags, ["true"], caller))
  return Either.getOrThrow(Resolve.resolve(options, { Env: ["PATH=/bin:/usr/bin"] }, host, facts))
}

/** This process compiles the program, has it run to its end and removes the groups: the runtime's own share of a start. */
const native = (dir: string): Subject => {
  const runtime = RuntimeNative.service(dir)
  const ready = specOf(dir, "kasane")
  return {
    name: "kasane, from the specification",
    work: async () => {
      const spec = await ready
      await Effect.runPromise(
        Effect.gen(function* () {
          const request = {
            stdio: ["ignore", "ignore", "ignore"],
            descriptors: [],
            lifetime: "detached"
          } as const
          const started = yield* runtime.start(spec, request)
          yield* started.exit
          yield* runtime.remove(spec)
        })
      )
    }
  }
}

/** The same container by crun, from its bundle; the overlay is mounted already, which the other one does itself. */
const crun = async (dir: string): Promise<Subject> => {
  Peers.prepareCrun()
  const spec = await specOf(dir, "crun")
  const bundle = path.join(dir, "spec-bundle")
  fs.mkdirSync(bundle, { recursive: true })
  fs.writeFileSync(path.join(bundle, "config.json"), toText(RuntimeSpec.make(spec)))
  if (spec.root._tag === "Overlay") {
    const { lower, upper, work, merged } = spec.root
    const options = `lowerdir=${lower.join(":")},upperdir=${upper},workdir=${work}`
    execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, merged])
  }
  return {
    name: "crun run, from the bundle",
    argv: [
      ...["crun", "--root", path.join(dir, "spec-crun"), "--cgroup-manager=cgroupfs"],
      ...["run", "--bundle", bundle, spec.id]
    ]
  }
}

const spec: Case = {
  name: "spec",
  title: "From a specification to the end of `true`: overlay, filter, control groups",
  rounds: 30,
  subjects: async (bench) =>
    process.getuid?.() !== 0
      ? []
      : [native(bench.dir), ...(Peers.installed("crun") ? [await crun(bench.dir)] : [])],
  goals: [{ subject: "kasane, from the specification", peer: "crun run, from the bundle", atMost: 1.5 }]
}

/** Every engine's own words for the same thing. */
const engines = (
  bench: Bench,
  words: (flags: ReadonlyArray<string>) => ReadonlyArray<string>,
  before: (run: (words: ReadonlyArray<string>) => void, flags: ReadonlyArray<string>) => void,
  when: "once" | "each time"
): ReadonlyArray<Subject> => {
  const subject = (
    name: string,
    start: ReadonlyArray<string>,
    env: NodeJS.ProcessEnv,
    flags: ReadonlyArray<string>
  ) => {
    const prepare = () => before((some) => must([...start, ...some], env), flags)
    if (when === "once") prepare()
    return { name, argv: [...start, ...words(flags)], env, ...(when === "once" ? {} : { before: prepare }) }
  }
  return [
    subject("kasane", bench.kasane, bench.env, []),
    ...optional(bench.docker, (env) => [subject("docker", ["docker"], env, [])]),
    ...optional(bench.podman, (podman) => [subject("podman", podman, process.env, bench.limits)])
  ]
}

const long = ["run", "-d", "--network", "none"]

/** At most as long as docker and podman. */
const ahead: Case["goals"] = [
  { subject: "kasane", peer: "docker", atMost: 1 },
  { subject: "kasane", peer: "podman", atMost: 1 }
]

const exec: Case = {
  name: "exec",
  title: "exec CONTAINER true",
  rounds: 10,
  subjects: (bench) =>
    engines(
      bench,
      () => ["exec", "bench-exec", "true"],
      (run, flags) => run([...long, ...flags, "--name", "bench-exec", image, "sleep", "1000"]),
      "once"
    ),
  goals: ahead
}

const stop: Case = {
  name: "stop",
  title: "stop -t 0 CONTAINER",
  rounds: 6,
  subjects: (bench) =>
    engines(
      bench,
      () => ["stop", "-t", "0", "bench-stop"],
      (run, flags) => {
        run(["rm", "-f", "bench-stop"])
        run([...long, ...flags, "--name", "bench-stop", image, "sleep", "1000"])
      },
      "each time"
    ),
  goals: ahead
}

/** A container that is there all the time, as a machine that runs containers has one: kasane's supervisor runs. */
const others = (run: (words: ReadonlyArray<string>) => void, flags: ReadonlyArray<string>): void => {
  run(["rm", "-f", "bench-exec"])
  run([...long, ...flags, "--name", "bench-exec", image, "sleep", "1000"])
}

const ofOne = (
  name: string,
  title: string,
  words: (flags: ReadonlyArray<string>) => ReadonlyArray<string>,
  prepare: (flags: ReadonlyArray<string>) => ReadonlyArray<string> | undefined
): Case => ({
  name,
  title,
  rounds: 6,
  subjects: (bench) =>
    engines(
      bench,
      words,
      (run, flags) => {
        others(run, flags)
        run(["rm", "-f", "bench-one"])
        const first = prepare(flags)
        if (first !== undefined) run(first)
      },
      "each time"
    ),
  goals: ahead
})

const running = (flags: ReadonlyArray<string>) => [
  ...[...long, ...flags, "--name", "bench-one"],
  ...[image, "sh", "-c", "seq 1000; exec sleep 1000"]
]

const ofOthers: ReadonlyArray<Case> = [
  ofOne(
    "start",
    "start CONTAINER",
    () => ["start", "bench-one"],
    (flags) => ["create", "--network", "none", ...flags, "--name", "bench-one", image, "sleep", "1000"]
  ),
  ofOne("run-d", "run -d IMAGE sleep", running, () => undefined),
  ofOne("rm", "rm -f of a running CONTAINER", () => ["rm", "-f", "bench-one"], running),
  ofOne("logs", "logs CONTAINER, 1,000 lines", () => ["logs", "bench-one"], running)
]

export const runtime: ReadonlyArray<Case> = [spec, exec, stop, ...ofOthers]
