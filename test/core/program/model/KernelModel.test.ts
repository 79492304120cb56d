import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Capability from "../../../../src/core/container/Capability.js"
import type { ContainerSpec } from "../../../../src/core/container/ContainerSpec.js"
import * as Mount from "../../../../src/core/container/Mount.js"
import * as Compile from "../../../../src/core/program/Compile.js"
import * as FileCalls from "../../../../src/core/program/model/FileCalls.js"
import * as KernelModel from "../../../../src/core/program/model/KernelModel.js"
import type { Place } from "../../../../src/core/program/model/MountTable.js"
import * as Mounts from "../../../../src/core/program/model/MountTable.js"
import type { World } from "../../../../src/core/program/model/World.js"
import type * as Program from "../../../../src/core/program/Program.js"
import * as ModelWorld from "../../../support/ModelWorld.js"
import * as SpecArbitrary from "../../../support/SpecArbitrary.js"

interface Run {
  readonly spec: ContainerSpec
  readonly world: World
  readonly starter: KernelModel.Outcome
  /** The process that executes the command. */
  readonly command: KernelModel.Outcome
}

const runOf = (
  spec: ContainerSpec,
  world: World,
  change: (program: Program.Program) => Program.Program = (program) => program
): Run => {
  const program = change(Compile.compile(spec, ModelWorld.supervisionOf(spec)))
  const starter = KernelModel.run(program, world, "amd64")
  const first = starter.children[0] ?? starter
  return { spec, world, starter, command: first.children[0] ?? first }
}

/** A counterexample is told by what led to it. */
const runs: FastCheck.Arbitrary<Run> = SpecArbitrary.cases.chain(({ spec, host, flags }) =>
  ModelWorld.worlds(spec, host).map((world) => ({
    ...runOf(spec, world),
    [FastCheck.toStringMethod]: () =>
      JSON.stringify({
        flags: Object.fromEntries(Object.entries(flags).filter(([, values]) => values.length > 0)),
        ids: host.ids._tag,
        terminal: spec.process.terminal?._tag,
        image: [...world.image.keys()],
        proc: [...(world.fresh.get("proc") ?? new Map()).keys()]
      })
  }))
)

const property = (name: string, check: (run: Run) => void) =>
  it.prop(name, [runs], ([run]) => check(run), { fastCheck: { numRuns: 25 } })

const lookUp = ({ command }: Run, path: string): Place | undefined => {
  const { task, kernel } = command
  const place = Mounts.walk(kernel.mounts, task.root, task.root, path, Mounts.ordinary)
  return typeof place === "number" ? undefined : place
}

const readonly = Mount.attributes(["ro"])

const positions = ({ command }: Run) => {
  const { events } = command
  const find = (name: string, first?: bigint) =>
    events.findIndex((event) => event.name === name && (first === undefined || event.first === first))
  return {
    noNewPrivileges: find("prctl", 38n),
    seccomp: find("seccomp"),
    capset: find("capset"),
    identity: find("setresuid"),
    pivot: find("pivot_root"),
    lastMount: events.findLastIndex(({ name }) => name === "move_mount" || name === "mount_setattr"),
    execve: events.findLastIndex(({ name }) => name === "execve")
  }
}

const filtersOf = ({ command }: Run) => command.task.filters.map((bytes) => bytes.length)

describe("a compiled program, interpreted", () => {
  property("executes the command, and its monitor ends with the command's code", (run) => {
    expect(run.starter.end).toEqual({ _tag: "Exited", code: 0 })
    expect(run.command.end).toMatchObject({ _tag: "Executed", path: "/bin/sh" })
  })

  property("goes on in a sealed copy of itself before it makes anything", (run) => {
    expect(run.command.task.executable).toBe("sealed")
  })

  property("leaves the command no descriptor but stdin, stdout and stderr", (run) => {
    const kept = [...run.command.task.descriptors].filter(([, { closeOnExec }]) => !closeOnExec)
    expect(kept.map(([fd]) => fd).sort()).toEqual([0, 1, 2])
  })

  property("gives the command the specification's capabilities, and no other", (run) => {
    const { bounding, permitted, effective, inheritable, ambient } = run.command.task.credentials
    const { capabilities } = run.spec.process
    expect({ permitted, effective, inheritable, ambient }).toEqual({
      permitted: Capability.mask(capabilities.permitted),
      effective: Capability.mask(capabilities.effective),
      inheritable: 0n,
      ambient: 0n
    })
    expect(bounding).toBe(Capability.mask(capabilities.bounding))
  })

  property("gives the command its user and exactly its groups", (run) => {
    const { uid, gid, groups } = run.command.task.credentials
    const { identity } = run.spec.process
    expect({ uid, gid, groups }).toEqual({
      uid: identity.uid,
      gid: identity.gid,
      groups: identity.additionalGids
    })
  })

  property("takes privileges away in the order that keeps each step possible and none undone", (run) => {
    const at = positions(run)
    const { seccomp, noNewPrivileges } = run.spec.process
    expect(at.lastMount).toBeLessThan(at.pivot)
    expect(at.pivot).toBeLessThan(at.capset)
    expect(at.identity).toBeLessThan(at.execve)
    if (noNewPrivileges.value) expect(at.noNewPrivileges).toBeLessThan(at.capset)
    expect(run.command.task.noNewPrivileges).toBe(noNewPrivileges.value)
    expect(filtersOf(run)).toEqual(seccomp === undefined ? [] : [seccomp.program.length])
    if (seccomp === undefined) return
    expect(at.seccomp).toBeLessThan(at.execve)
    if (noNewPrivileges.value) {
      expect(at.noNewPrivileges).toBeLessThan(at.seccomp)
      // Nothing but the start of the command goes through the filter.
      expect(run.command.events.slice(at.seccomp + 1).every(({ name }) => name === "execve")).toBe(true)
    } else expect(at.seccomp).toBeLessThan(at.capset)
  })

  property("has the container's root as the only root, and no host file beyond what was asked for", (run) => {
    const { task, kernel } = run.command
    const namespace = task.root.mount.namespace ?? -1
    const mounts = Mounts.ofNamespace(kernel.mounts, namespace)
    expect(task.root.mount.fileSystem.origin).toBe("image")
    expect(mounts.filter((mount) => mount.at === undefined)).toEqual([task.root.mount])
    const asked = run.spec.mounts.flatMap((mount) => (mount._tag === "Bind" ? [mount.source.slice(1)] : []))
    const devices = run.spec.devices.map(({ hostPath }) => hostPath.slice(1))
    const shown = mounts.filter(({ fileSystem }) => fileSystem.origin === "host").map((mount) => mount.root)
    const allowed = [...asked, ...devices, "dev/null"]
    const isAllowed = (path: string) =>
      allowed.some((source) => path === source || path.startsWith(`${source}/`))
    expect(shown.filter((path) => !isAllowed(path))).toEqual([])
    expect(lookUp(run, "/../../../etc/shadow")).toBeUndefined()
  })

  property("stands in the working directory, inside the root", (run) => {
    const { task } = run.command
    expect(FileCalls.isReachable(task)).toBe(true)
    expect(lookUp(run, run.spec.process.cwd)).toEqual(task.workingDirectory)
  })

  property("shows every mount at its place, with its flags", (run) => {
    const targets = run.spec.mounts.map(({ target }) => target)
    for (const [index, mount] of run.spec.mounts.entries()) {
      // A later mount at or above the place covers it; a guarded path is mounted over.
      const covered = targets.slice(index + 1).some((target) => mount.target.startsWith(target))
      if (covered || mount._tag === "Cgroup") continue
      const place = lookUp(run, mount.target)
      const wanted = Mount.attributes(mount.flags)
      expect([mount.target, (place?.mount.attributes ?? 0) & wanted]).toEqual([mount.target, wanted])
      if (mount._tag === "Bind") expect(place?.mount.root).toBe(mount.source.slice(1))
    }
  })

  property("hides masked paths behind nothing, and lets nobody write to read-only ones", (run) => {
    for (const { path } of run.spec.maskedPaths) {
      const place = lookUp(run, path)
      if (place === undefined) continue
      const { fileSystem, attributes } = place.mount
      const empty = fileSystem.type === "tmpfs" && fileSystem.entries.size === 1 && attributes === readonly
      const nothing = Mounts.entryAt(place)?._tag === "Device" && place.mount.root === "dev/null"
      expect([path, empty || nothing]).toEqual([path, true])
    }
    for (const { path } of run.spec.readonlyPaths) {
      const place = lookUp(run, path)
      if (place !== undefined) expect([path, place.mount.attributes & readonly]).toEqual([path, readonly])
    }
    const root = run.command.task.root.mount.attributes & readonly
    expect(root).toBe(run.spec.readonlyRoot.value ? readonly : 0)
  })

  property("is in the specification's namespaces", (run) => {
    const { namespaces } = run.command.task
    for (const kind of ["user", "pid", "network", "ipc", "uts", "cgroup"] as const) {
      const wanted = run.spec.namespaces[kind]._tag
      expect([kind, typeof namespaces.get(kind)]).toEqual([kind, wanted === "New" ? "number" : "undefined"])
    }
    expect(namespaces.has("mount")).toBe(true)
    expect(run.starter.task.namespaces.size).toBe(0)
  })

  property("is a fresh process: session, keyring, limits, mask, names", (run) => {
    const { task } = run.command
    const { process } = run.spec
    expect(task.session).toBe("own")
    expect(task.keyring).toBe(`_ses.${run.spec.id}`)
    expect(task.umask).toBe(process.umask)
    expect(task.limits.size).toBe(process.resourceLimits.length)
    expect([task.hostname, task.domainname]).toEqual([run.spec.hostname, run.spec.domainname])
    expect(task.dumpable).toBe(false)
  })

  property("leaves the host's mounts as they were", (run) => {
    const own = Mounts.ofNamespace(run.starter.kernel.mounts, 0)
    expect(own).toHaveLength(1)
    expect(own[0]?.propagation).toBe("shared")
  })
})

describe("one more process, interpreted", () => {
  it.prop(
    "joins the container and gets its own privileges, and no descriptor",
    // The model does not mount the container's devpts for it.
    [SpecArbitrary.cases.filter(({ spec }) => spec.process.terminal === undefined)],
    ([{ spec, host }]) => {
      const [world] = FastCheck.sample(ModelWorld.worlds(spec, host), { numRuns: 1, seed: 3 })
      if (world === undefined) throw new Error("no world")
      const program = Compile.compileExec(spec, spec.process, { pid: 7 }, ModelWorld.supervisionOf(spec))
      const inside = new Map([
        ...world.host,
        ...world.image,
        [spec.process.cwd, { _tag: "Directory" as const }] as const
      ])
      const starter = KernelModel.run(program, { ...world, host: inside }, "amd64")
      const [command] = starter.children
      const kept = [...(command?.task.descriptors ?? [])].filter(([, { closeOnExec }]) => !closeOnExec)
      expect(kept.map(([fd]) => fd).sort()).toEqual([0, 1, 2])
      expect(command?.end).toMatchObject({ _tag: "Executed" })
      expect(command?.task.executable).toBe("sealed")
      expect(command?.task.credentials.effective).toBe(Capability.mask(spec.process.capabilities.effective))
      expect(command?.task.namespaces.get("mount")).toBe("process 7")
      expect(command?.task.filters.length).toBe(spec.process.seccomp === undefined ? 0 : 1)
    },
    { fastCheck: { numRuns: 40 } }
  )
})

describe("a program with a step missing is found out", () => {
  const made = FastCheck.sample(SpecArbitrary.cases, { numRuns: 25, seed: 11 }).find(
    ({ host, spec }) =>
      host.ids._tag === "Same" && spec.process.seccomp !== undefined && spec.maskedPaths.length > 0
  )
  const without = (name: string): Run => {
    if (made === undefined) throw new Error("no sample")
    const worlds = FastCheck.sample(ModelWorld.worlds(made.spec, made.host), { numRuns: 30, seed: 2 })
    const world = worlds.find(({ fresh }) => fresh.get("proc")?.has("kcore"))
    if (world === undefined) throw new Error("no world")
    return runOf(made.spec, world, ({ steps }) => ({
      steps: steps.filter(({ operation }) => operation._tag !== "Syscall" || operation.name !== name)
    }))
  }

  it("without umount2 the host's tree stays mounted", () => {
    const { task, kernel } = without("umount2").command
    const mounts = Mounts.ofNamespace(kernel.mounts, task.root.mount.namespace ?? -1)
    expect(mounts.some(({ fileSystem, root }) => fileSystem.origin === "host" && root === "")).toBe(true)
  })

  it("without capset, setgroups or seccomp the starter's privileges stay", () => {
    expect(without("capset").command.task.credentials.permitted).toBe(Capability.mask(Capability.names))
    expect(without("setgroups").command.task.credentials.groups).toEqual([4, 27])
    expect(without("seccomp").command.task.filters).toEqual([])
  })

  it("without move_mount nothing is masked", () => {
    const run = without("move_mount")
    const place = lookUp(run, "/proc/kcore")
    expect(place?.mount.root).not.toBe("dev/null")
  })
})

describe("a hostile image", () => {
  const spec = FastCheck.sample(SpecArbitrary.cases, { numRuns: 40, seed: 7 })
    .map((made) => made)
    .find(({ flags, host }) => host.ids._tag === "Same" && flags["volume"]?.length === 0)

  const endOf = (image: ReadonlyArray<readonly [string, string]>) => {
    if (spec === undefined) throw new Error("no sample without volumes")
    const [world] = FastCheck.sample(ModelWorld.worlds(spec.spec, spec.host), { numRuns: 1, seed: 1 })
    if (world === undefined) throw new Error("no world")
    const links = image.map(([path, target]) => [path, { _tag: "Link" as const, target }] as const)
    const without = [...world.image].filter(([path]) => !image.some(([link]) => path === link))
    return runOf(spec.spec, { ...world, image: new Map([...without, ...links]) })
  }

  it.each(["/proc", "/sys", "/dev"])("with a link for %s is refused", (path) => {
    expect(endOf([[path, "/tmp"]]).command.end).toMatchObject({ _tag: "Failed", errno: 40 })
  })

  it("with a link out of the root for a place of the engine's files stays inside", () => {
    const run = endOf([["/etc", "/../../../etc"]])
    expect(run.command.end._tag).not.toBe("Executed")
  })
})
