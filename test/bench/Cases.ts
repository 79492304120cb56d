import { type Case, image, optional } from "./Bench.js"
import { builds } from "./Builds.js"
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
    ...optional(bench.env24, (env) => [
      { name: "kasane version (node 24)", argv: [...bench.kasane, "version"], env }
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
    ...optional(bench.env24, (env) => [
      { name: "kasane (node 24)", argv: [...bench.kasane, ...words, image, "true"], env }
    ]),
    ...optional(bench.docker, (env) => [{ name: "docker", argv: ["docker", ...words, image, "true"], env }]),
    ...optional(bench.podman, (podman) => [
      { name: "podman", argv: [...podman, ...words, ...bench.limits, image, "true"] }
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

export const cases: ReadonlyArray<Case> = [startUp, run, bridge, ...builds, ...transfer, ...runtime]
