import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Capability from "../../../src/core/container/Capability.js"
import * as CgroupDiscovery from "../../../src/core/container/CgroupDiscovery.js"
import type { BindMount } from "../../../src/core/container/Mount.js"
import { policy } from "../../../src/core/container/Reason.js"
import * as Bpf from "../../../src/core/container/seccomp/Bpf.js"
import * as CompileFilter from "../../../src/core/container/seccomp/CompileFilter.js"
import * as DockerProfile from "../../../src/core/container/seccomp/DockerProfile.js"
import * as Profile from "../../../src/core/container/seccomp/Profile.js"
import { assemble } from "../../../src/core/program/Assemble.js"
import * as Program from "../../../src/core/program/Program.js"
import { because, here, number } from "../../../src/core/program/Steps.js"
import type { SyscallName } from "../../../src/core/program/Syscall.js"
import { withProgramFile } from "../../../src/edge/linux/ProgramFile.js"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import * as Peer from "../../support/Peer.js"
import * as Sandbox from "../../support/Sandbox.js"
import { processOf, specOf } from "../../support/Spec.js"

const withRuntime = <E>(test: (sandbox: Sandbox.Sandbox) => Effect.Effect<void, E, Runtime>) =>
  Effect.flatMap(Sandbox.make, (sandbox) => Effect.provide(test(sandbox), layerNative(sandbox.directory)))

const shell = (sandbox: Sandbox.Sandbox, text: string, more: Partial<Parameters<typeof specOf>[0]> = {}) =>
  specOf({ root: sandbox.overlay(), args: ["sh", "-c", text], ...more })

const bind = (source: string, target: string): BindMount => ({
  _tag: "Bind",
  source,
  target,
  kind: "directory",
  flags: [],
  recursive: true,
  recursiveReadonly: "disabled",
  propagation: "rprivate",
  reason: policy("test")
})

/** A directory of the host that nothing may change. */
const canary = (sandbox: Sandbox.Sandbox) => {
  const directory = sandbox.path("canary")
  fs.mkdirSync(directory)
  return { directory, content: () => fs.readdirSync(directory).sort() }
}

// Need root, for namespaces and mounts.
describe("a container cannot get out", () => {
  it.scopedLive("by writing to the executable that set it up (CVE-2019-5736)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const spec = shell(
          sandbox,
          "readlink /proc/1/exe; (echo x > /proc/1/exe) 2>&1; exec 3< /proc/1/exe; (echo x > /proc/self/fd/3) 2>&1; true",
          { process: { init: { value: true, reason: policy("test") } } }
        )
        const { stdout } = yield* Sandbox.run(spec)
        const [link, ...attempts] = stdout.trim().split("\n")
        expect(link).toMatch(/^\/memfd:kasane/)
        expect(attempts).toHaveLength(2)
        for (const attempt of attempts) expect(attempt).toMatch(/can't create/)
      })
    )
  )

  it.scopedLive("by an entrypoint that is run by /proc/self/exe", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        fs.writeFileSync(`${sandbox.image}/entry`, "#!/proc/self/exe\n", { mode: 0o755 })
        const before = fs.statSync(process.execPath)
        const outcome = yield* Effect.either(
          Sandbox.run(specOf({ root: sandbox.overlay(), args: ["/entry"] }))
        )
        // The program runs once more, inside, and cannot do a thing there.
        if (outcome._tag === "Right") expect(outcome.right.code).not.toBe(0)
        expect(fs.statSync(process.execPath).mtimeMs).toBe(before.mtimeMs)
      })
    )
  )

  it.scopedLive("by a working directory that is a descriptor (CVE-2024-21626)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const host = shell(sandbox, "exec sleep 1000")
        const started = yield* runtime.start(host, Sandbox.piped)
        for (let fd = 3; fd <= 64; fd += fd < 12 ? 1 : 13) {
          const cwd = `/proc/self/fd/${fd}`
          const look = ["sh", "-c", "ls -d ../../../../etc/kasane-canary ../../../../work 2>/dev/null; pwd"]
          const run = yield* Effect.either(
            Sandbox.run(specOf({ root: sandbox.overlay(), args: look, process: { cwd } }))
          )
          expect(run).toMatchObject({
            _tag: "Left",
            left: { _tag: "RuntimeError", reason: "WorkingDirectory" }
          })
          const exec = yield* Effect.either(
            Effect.flatMap(
              runtime.exec(started.state, host, processOf(look, { cwd }), Sandbox.piped),
              Sandbox.finish
            )
          )
          expect(exec).toMatchObject({
            _tag: "Left",
            left: { _tag: "RuntimeError", reason: "WorkingDirectory" }
          })
        }
        yield* runtime.killAll(started.state, host)
        yield* started.exit
      })
    )
  )

  for (const name of ["dev", "proc", "sys"])
    for (const climb of ["", "../../../../../../../.."])
      it.scopedLive(`by a link (${climb === "" ? "absolute" : "relative"}) where /${name} should be`, () =>
        withRuntime((sandbox) =>
          Effect.gen(function* () {
            const outside = canary(sandbox)
            fs.rmdirSync(`${sandbox.image}/${name}`)
            fs.symlinkSync(`${climb}${outside.directory}`, `${sandbox.image}/${name}`)
            expect(yield* Effect.flip(Sandbox.run(shell(sandbox, "true")))).toMatchObject({
              reason: "Setup",
              errno: "ELOOP"
            })
            expect(outside.content()).toEqual([])
            expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(sandbox.directory)
          })
        )
      )

  // The positive control of the test above: what the host has as runc, when it is old enough, writes outside.
  it.scopedLive.skipIf(Peer.runc === undefined)("as it gets out of an old runc (CVE-2026-41579)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const outside = canary(sandbox)
        fs.rmdirSync(`${sandbox.image}/dev`)
        fs.symlinkSync(outside.directory, `${sandbox.image}/dev`)
        yield* Effect.sync(() => Peer.runBundle(sandbox.path("bundle"), sandbox.image, ["/bin/true"]))
        // A fixed runc leaves the canary alone: then there is nothing to compare with, and that is fine.
        expect(Peer.isFixed || outside.content().length > 0).toBe(true)
      })
    )
  )

  it.scopedLive("by a link in the way of a mount's target", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const outside = canary(sandbox)
        const source = sandbox.path("source/file")
        fs.writeFileSync(source, "mine\n")
        fs.symlinkSync(`../../../../../../../..${outside.directory}`, `${sandbox.image}/escape`)
        fs.symlinkSync(outside.directory, `${sandbox.image}/absolute`)
        const spec = shell(sandbox, "cat /escape/file /absolute/deep/file")
        const { stdout } = yield* Sandbox.run({
          ...spec,
          mounts: [
            ...spec.mounts,
            // The links lead to a place of the same name inside the root.
            bind(sandbox.path("source"), `${outside.directory}`),
            bind(sandbox.path("source"), "/absolute/deep")
          ]
        })
        expect(stdout).toBe("mine\nmine\n")
        expect(outside.content()).toEqual([])
        expect(fs.readdirSync(sandbox.path("source")).sort()).toEqual(["deep", "file"])
      })
    )
  )

  it.scopedLive("by swapping a directory for a link while it is mounted on (CVE-2021-30465)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const outside = canary(sandbox)
        const volume = sandbox.path("volume")
        fs.mkdirSync(`${volume}/place`, { recursive: true })
        const source = sandbox.path("source")
        fs.mkdirSync(source)
        let mounted = 0
        fs.symlinkSync(`../../../../../../../..${outside.directory}`, `${volume}/link`)
        // A process that exchanges the two as fast as the kernel can, as an attacker would from another container.
        const { call } = because("command", "test")
        const swap = call(
          "renameat2",
          [here, Program.text(`${volume}/place`), here, Program.text(`${volume}/link`), number(2)],
          { label: "swap", tolerate: "any", onNegative: "swap", onZero: "swap", onPositive: "swap" }
        )
        const attacker = withProgramFile(
          sandbox.directory,
          assemble({ steps: [swap] }, process.arch === "arm64" ? "arm64" : "amd64"),
          (fd) => spawn(`/proc/self/fd/${fd}`, [], { stdio: "ignore" })
        )
        try {
          for (let round = 0; round < 20; round++) {
            const spec = shell(sandbox, "true")
            const outcome = yield* Effect.either(
              Sandbox.run({
                ...spec,
                mounts: [...spec.mounts, bind(volume, "/volume"), bind(source, `/volume/place/made-${round}`)]
              })
            )
            if (outcome._tag === "Right") mounted++
          }
        } finally {
          attacker.kill("SIGKILL")
        }
        expect(mounted).toBeGreaterThan(0)
        expect(outside.content()).toEqual([])
      })
    )
  )

  it.scopedLive("through masked paths, which are null devices and empty directories", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const { stdout } = yield* Sandbox.run(
          shell(
            sandbox,
            "stat -c %t:%T /proc/keys /proc/timer_list; ls -A /sys/firmware; touch /sys/firmware/x 2>/dev/null || echo denied"
          )
        )
        expect(stdout).toBe("1:3\n1:3\ndenied\n")
      })
    )
  )

  it.scopedLive("to the session keyring of the engine", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const spec = shell(sandbox, "cat /proc/keys", { spec: { maskedPaths: [] } })
        const { stdout } = yield* Sandbox.run(spec)
        expect(stdout).toContain(`_ses.${spec.id}`.slice(0, 40))
        expect(stdout).not.toMatch(/keyring\s+_ses:/)
      })
    )
  )

  it.scopedLive(
    "to the host's mounts: only its own are in its mount table, and none of them reaches the host",
    () =>
      withRuntime((sandbox) =>
        Effect.gen(function* () {
          // Others mount at the same time on this host: what is the container's is below its directory.
          const ours = () =>
            fs
              .readFileSync("/proc/self/mountinfo", "utf8")
              .split("\n")
              .filter((line) => line.includes(sandbox.directory))
          const before = ours()
          const { stdout } = yield* Sandbox.run(
            shell(sandbox, "ls -di / /.. | awk '{print $1}' | sort -u | wc -l")
          )
          expect(stdout.trim()).toBe("1")
          expect(ours()).toEqual(before)
        })
      )
  )

  it.scopedLive("by opening the executable of those who execute in it, while they do (CVE-2019-5736)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const before = fs.statSync(process.execPath)
        const loop =
          "while :; do for p in /proc/[0-9]*/exe; do (: >> $p) 2>/dev/null && echo $p >> /hits; done; done"
        const spec = shell(sandbox, loop)
        const started = yield* runtime.start(spec, Sandbox.piped)
        for (let round = 0; round < 10; round++) {
          const inside = runtime.exec(started.state, spec, processOf(["cat", "/etc/passwd"]), Sandbox.piped)
          yield* Effect.flatMap(inside, Sandbox.finish)
        }
        yield* runtime.killAll(started.state, spec)
        yield* started.exit
        const upper = spec.root._tag === "Overlay" ? spec.root.upper : ""
        // Its own busybox it may write to by another name at most: that it runs forbids it (ETXTBSY).
        expect(fs.existsSync(`${upper}/hits`)).toBe(false)
        expect([process.execPath, fs.statSync(process.execPath).mtimeMs]).toEqual([
          process.execPath,
          before.mtimeMs
        ])
      })
    )
  )

  it.scopedLive("by a release agent, or by control groups at all (CVE-2022-0492)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const layout = CgroupDiscovery.discover(
          fs.readFileSync("/proc/self/mountinfo", "utf8"),
          fs.readFileSync("/proc/self/cgroup", "utf8"),
          "below the root"
        )
        const script = [
          "for f in $(find /sys/fs/cgroup -name release_agent -o -name notify_on_release -o -name cgroup.procs); do (echo 1 > $f) 2>/dev/null && echo $f; done",
          "for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/x 2>/dev/null && echo $d; done",
          "find /sys/fs/cgroup -name release_agent | grep -q . && mount -t cgroup -o memory cgroup /mnt 2>/dev/null && echo mounted",
          "echo done"
        ].join("\n")
        const { stdout } = yield* Sandbox.run(shell(sandbox, script, { layout }))
        expect(stdout).toBe("done\n")
      })
    )
  )

  it.scopedLive("by a terminal whose /dev/pts is none (CVE-2025-52565)", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const outside = canary(sandbox)
        const spec = shell(sandbox, "true")
        const pts = spec.mounts.findIndex(({ target }) => target === "/dev/pts")
        const mounts = spec.mounts.with(pts, bind(outside.directory, "/dev/pts"))
        const terminal = { _tag: "Socket", fd: Program.firstPassedFd } as const
        const outcome = yield* Effect.either(
          Sandbox.run({
            ...spec,
            mounts,
            process: { ...spec.process, terminal, stdin: { _tag: "Terminal" } }
          })
        )
        expect(outcome._tag).toBe("Left")
        expect(outside.content()).toEqual([])
      })
    )
  )

  it.scopedLive(
    "by what Docker's filter refuses: namespaces, mounts, odd sockets, programs for the kernel",
    () =>
      withRuntime((sandbox) =>
        Effect.gen(function* () {
          const architecture = process.arch === "arm64" ? "arm64" : "amd64"
          // AF_ALG and AF_VSOCK.
          const attempts: ReadonlyArray<readonly [SyscallName, ReadonlyArray<Program.Value>]> = [
            ["unshare", [Program.flags("CLONE_NEWUSER")]],
            ["unshare", [Program.flags("CLONE_NEWNS")]],
            ["clone", [Program.flags("CLONE_NEWUSER", "SIGCHLD")]],
            ["socket", [number(38), number(5), number(0)]],
            ["socket", [number(40), number(1), number(0)]],
            ["fsopen", [Program.text("tmpfs"), number(0)]],
            ["open_tree", [here, Program.text("/"), number(1)]],
            ["mount", [Program.text("x"), Program.text("/tmp"), Program.text("tmpfs"), number(0), number(0)]],
            ["keyctl", [number(0), number(-3), number(0)]],
            ["bpf", [number(5), Program.buffer("attributes", 64), number(64)]]
          ]
          const { call } = because("command", "test")
          // Ends with the number of the first attempt that the kernel let through, or 0.
          const steps = [
            ...attempts.map(([name, args], index) =>
              call(name, args, {
                tolerate: "any",
                onZero: `through ${index}`,
                onPositive: `through ${index}`
              })
            ),
            call("exit_group", [number(0)]),
            ...attempts.map((_, index) =>
              call("exit_group", [number(index + 1)], { label: `through ${index}` })
            )
          ]
          fs.writeFileSync(`${sandbox.image}/attempt`, assemble({ steps }, architecture), { mode: 0o755 })
          const facts = { architecture, capabilities: Capability.dockerDefault, kernel: [6, 1] } as const
          const filter = Either.getOrThrow(
            CompileFilter.compile(Profile.select(DockerProfile.profile(), facts))
          )
          const seccomp = {
            program: Bpf.encode(filter),
            source: { profileText: undefined, kernel: facts.kernel },
            flags: 0,
            reason: policy("test")
          }
          const run = (more: { readonly seccomp: typeof seccomp | undefined }) =>
            Sandbox.run(specOf({ root: sandbox.overlay(), args: ["/attempt"], process: more }))
          expect((yield* run({ seccomp })).code).toBe(0)
          // Without it something is let through: it is the filter that refuses.
          expect((yield* run({ seccomp: undefined })).code).not.toBe(0)
        })
      )
  )
})
