import * as FastCheck from "effect/FastCheck"
import * as Capability from "../../src/core/container/Capability.js"
import type { ContainerSpec } from "../../src/core/container/ContainerSpec.js"
import type { Host } from "../../src/core/container/HostFacts.js"
import type { Entry } from "../../src/core/program/model/FileSystem.js"
import * as SpecWorld from "../../src/core/program/model/SpecWorld.js"
import type { World } from "../../src/core/program/model/World.js"
import type { Supervision } from "../../src/core/program/Supervision.js"

const directory: Entry = { _tag: "Directory" }
const file: Entry = { _tag: "File" }
const device = (major: number, minor: number): Entry => ({ _tag: "Device", number: (major << 8) | minor })

const files = (...paths: ReadonlyArray<string>) => paths.map((path) => [path, file] as const)
const directories = (...paths: ReadonlyArray<string>) => paths.map((path) => [path, directory] as const)

/** How the engine would supervise the container: with a gate when id maps must be written. */
export const supervisionOf = (spec: ContainerSpec): Supervision => ({
  lifetime: { _tag: "Detached" },
  gate: spec.namespaces.user._tag === "New" ? "wait" : "none",
  cgroupProcs: ["/sys/fs/cgroup/memory/c/cgroup.procs"],
  setgroups: "allowed",
  oomEvents: undefined
})

const procEntries: ReadonlyArray<readonly [string, Entry]> = [
  ...directories("acpi", "asound", "scsi", "bus", "fs", "irq", "sys/kernel"),
  ...files("interrupts", "kcore", "keys", "latency_stats", "timer_list", "sysrq-trigger", "self/status")
]

const sysEntries: ReadonlyArray<readonly [string, Entry]> = directories(
  "firmware",
  "devices/virtual/powercap",
  "devices/system/cpu/cpu0/thermal_throttle",
  "fs/cgroup"
)

const imageEntries: ReadonlyArray<readonly [string, Entry]> = [
  ...directories("/proc", "/sys", "/dev", "/tmp", "/srv/app", "/data", "/mnt", "/run", "/etc"),
  ...files("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/usr/bin/env")
]

/** Machines and images for a specification: any of what /proc, /sys and the image may have can be missing. */
export const worlds = (spec: ContainerSpec, host: Host): FastCheck.Arbitrary<World> =>
  FastCheck.record({
    proc: FastCheck.subarray([...procEntries]),
    sys: FastCheck.subarray([...sysEntries]),
    image: FastCheck.subarray([...imageEntries])
  }).map(({ proc, sys, image }) => {
    const supervision = supervisionOf(spec)
    return {
      host: SpecWorld.hostOf(spec, supervision),
      // Without a shell nothing would be executed; sysfs always has a place for cgroups.
      image: new Map([...image, ...files("/bin/sh")]),
      fresh: new Map([
        ["proc", new Map(proc)],
        ["sysfs", new Map([...sys, ...directories("fs/cgroup")])],
        ["devpts", new Map([["ptmx", device(5, 2)]])]
      ]),
      capabilities: Capability.mask(host.capabilities),
      descriptors: SpecWorld.descriptorsOf(spec, supervision),
      failing: new Map()
    }
  })
