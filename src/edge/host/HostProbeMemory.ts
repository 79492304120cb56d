import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Capability from "../../core/container/Capability.js"
import type { Host } from "../../core/container/HostFacts.js"
import { HostProbe } from "./HostProbe.js"

/** A plain machine: root on amd64, every capability, no control groups. */
export const plain: Host = {
  architecture: "amd64",
  ids: { _tag: "Same" },
  capabilities: Capability.names,
  cpus: 2,
  hostname: "host",
  thermalCpus: [],
  kernel: [6, 1],
  cgroup: { _tag: "None" },
  network: "host",
  hardLimits: { nofile: 1048576, nproc: 1048576 },
  mayRaiseLimits: true,
  apparmor: undefined,
  oomScoreAdj: 0
}

/** A machine that is told of instead of asked: nothing lies at any of its paths. */
export const layerMemory = (host: Host = plain): Layer.Layer<HostProbe> =>
  Layer.succeed(HostProbe, {
    host: Effect.succeed(host),
    kinds: (paths) => Effect.succeed(Object.fromEntries(paths.map((path) => [path, "missing" as const]))),
    makeDirectory: () => Effect.void,
    devices: (paths) => Effect.succeed(Object.fromEntries(paths.map((path) => [path, []]))),
    text: () => Effect.succeed(undefined)
  })
