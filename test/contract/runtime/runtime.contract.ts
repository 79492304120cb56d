import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Cgroup from "../../../src/core/container/Cgroup.js"
import * as CgroupDiscovery from "../../../src/core/container/CgroupDiscovery.js"
import type { ContainerCgroup } from "../../../src/core/container/CgroupSettings.js"
import { policy } from "../../../src/core/container/Reason.js"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import * as Sandbox from "../../support/Sandbox.js"
import { processOf, specOf } from "../../support/Spec.js"

const SIGTERM = 15
const SIGKILL = 9

/** Where this host has control groups; what runs in a mapped root has none of its own. */
const groups = CgroupDiscovery.discover(
  fs.readFileSync("/proc/self/mountinfo", "utf8"),
  fs.readFileSync("/proc/self/cgroup", "utf8"),
  "below the root"
)
const hasPids =
  groups._tag === "V1" && groups.hierarchies.some(({ controllers }) => controllers.includes("pids"))

const directories = (cgroup: ContainerCgroup): ReadonlyArray<string> => Cgroup.plan(cgroup).directories

/** An id of its own for every container of a test run. */
let ids = 0
const freshId = (): string => `${process.pid.toString(16)}a${(ids++).toString(16)}`.padEnd(64, "0")

/**
 * What every runtime does that really runs containers. Needs root (or the mapped root of a user namespace), because
 * the layers that it checks make namespaces and mounts.
 */
export const runtimeContract = (name: string, layer: (directory: string) => Layer.Layer<Runtime>): void => {
  /** A test with a sandbox and the runtime. */
  const behaves = (
    title: string,
    test: (sandbox: Sandbox.Sandbox) => Effect.Effect<void, unknown, Runtime>
  ): void => {
    it.scopedLive(title, () =>
      Effect.flatMap(Sandbox.make, (sandbox) => Effect.provide(test(sandbox), layer(sandbox.directory)))
    )
  }

  const shell = (
    sandbox: Sandbox.Sandbox,
    script: string,
    wish: Partial<Parameters<typeof specOf>[0]> = {}
  ) => specOf({ id: freshId(), root: sandbox.overlay(), args: ["sh", "-c", script], ...wish })

  describe(`${name}: a container`, () => {
    behaves("passes output, errors and the exit code on", (sandbox) =>
      Effect.gen(function* () {
        const outcome = yield* Sandbox.run(shell(sandbox, "echo out; echo err >&2; exit 7"))
        expect(outcome).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" })
      })
    )

    behaves("reads what is written to its stdin, to the end", (sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const started = yield* runtime.start(shell(sandbox, "cat; echo end"), {
          ...Sandbox.piped,
          stdio: ["pipe", "pipe", "pipe"]
        })
        started.streams.stdin?.end("one\ntwo\n")
        expect((yield* Sandbox.finish(started)).stdout).toBe("one\ntwo\nend\n")
      })
    )

    behaves(
      "is process 1 of a pid namespace, with its own host name, and sees only its own mounts",
      (sandbox) =>
        Effect.gen(function* () {
          const spec = shell(
            sandbox,
            "echo $$; hostname; ls -d /proc/[0-9]* | wc -l; cut -d' ' -f5 /proc/self/mountinfo | sort -u"
          )
          const { stdout } = yield* Sandbox.run(spec)
          const [pid, hostname, processes, ...mounts] = stdout.trim().split("\n")
          expect([pid, hostname]).toEqual(["1", spec.hostname])
          expect(Number(processes)).toBeLessThan(6)
          expect(mounts.filter((mount) => !/^\/(dev|proc|sys)?(\/|$)/.test(mount))).toEqual([])
          expect(mounts).toEqual(
            expect.arrayContaining(["/", "/dev", "/dev/pts", "/dev/shm", "/proc", "/sys"])
          )
        })
    )

    behaves("writes to its own layer and leaves the image alone", (sandbox) =>
      Effect.gen(function* () {
        const root = sandbox.overlay()
        yield* Sandbox.run(shell(sandbox, "echo new > /etc/new; rm /etc/passwd", { root }))
        expect(fs.existsSync(`${sandbox.image}/etc/new`)).toBe(false)
        expect(fs.existsSync(`${sandbox.image}/etc/passwd`)).toBe(true)
        const upper = root._tag === "Overlay" ? root.upper : ""
        expect(fs.readFileSync(`${upper}/etc/new`, "utf8")).toBe("new\n")
      })
    )

    behaves("has exactly the capabilities of its specification", (sandbox) =>
      Effect.gen(function* () {
        const { stdout } = yield* Sandbox.run(shell(sandbox, "grep Cap /proc/self/status"))
        expect(stdout.replace(/\t/g, " ").trim().split("\n")).toEqual([
          "CapInh: 0000000000000000",
          "CapPrm: 00000000a80425fb",
          "CapEff: 00000000a80425fb",
          "CapBnd: 00000000a80425fb",
          "CapAmb: 0000000000000000"
        ])
      })
    )

    behaves("runs as the user and groups of its specification, without capabilities", (sandbox) =>
      Effect.gen(function* () {
        const process = processOf([])
        const spec = shell(sandbox, "id -u; id -g; id -G; grep CapEff /proc/self/status", {
          process: {
            identity: { uid: 1000, gid: 1000, additionalGids: [50, 60], reason: policy("test") },
            capabilities: { ...process.capabilities, effective: [], permitted: [] }
          }
        })
        const { stdout } = yield* Sandbox.run(spec)
        expect(stdout).toBe("1000\n1000\n1000 50 60\nCapEff:\t0000000000000000\n")
      })
    )

    behaves("starts with no descriptor but the three streams", (sandbox) =>
      Effect.gen(function* () {
        const spec = specOf({ id: freshId(), root: sandbox.overlay(), args: ["ls", "/proc/self/fd"] })
        // The last one is ls's own, on the directory.
        expect((yield* Sandbox.run(spec)).stdout).toBe("0\n1\n2\n3\n")
      })
    )

    behaves("starts with default signals, none blocked", (sandbox) =>
      Effect.gen(function* () {
        const { stdout } = yield* Sandbox.run(
          specOf({ id: freshId(), root: sandbox.overlay(), args: ["grep", "Sig[BI]", "/proc/self/status"] })
        )
        expect(stdout).toBe("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
      })
    )

    behaves("cannot see or change what Docker guards", (sandbox) =>
      Effect.gen(function* () {
        const { stdout } = yield* Sandbox.run(
          shell(
            sandbox,
            [
              "cat /proc/keys /proc/timer_list /proc/kcore 2>/dev/null | wc -c",
              "ls -A /proc/acpi /sys/firmware 2>/dev/null | grep -v : | wc -w",
              "echo x 2>/dev/null > /proc/sys/kernel/hostname || echo denied",
              "echo b 2>/dev/null > /proc/sysrq-trigger || echo denied",
              "mkdir /sys/x 2>/dev/null || echo denied"
            ].join("\n")
          )
        )
        expect(stdout).toBe("0\n0\ndenied\ndenied\ndenied\n")
      })
    )

    behaves("shows binds: read-only ones, files, and targets that the image does not have", (sandbox) =>
      Effect.gen(function* () {
        const source = sandbox.path("shared/file")
        fs.writeFileSync(source, "shared\n")
        const bind = {
          _tag: "Bind",
          recursive: true,
          propagation: "rprivate",
          reason: policy("test")
        } as const
        const spec = shell(
          sandbox,
          "cat /new/place/of/a/file; echo x 2>/dev/null > /data/file || echo denied; echo y > /rw/written"
        )
        yield* Sandbox.run({
          ...spec,
          mounts: [
            ...spec.mounts,
            {
              ...bind,
              source,
              target: "/new/place/of/a/file",
              kind: "file",
              flags: [],
              recursiveReadonly: "disabled"
            },
            {
              ...bind,
              source: sandbox.path("shared"),
              target: "/data",
              kind: "directory",
              flags: ["ro"],
              recursiveReadonly: "if-possible"
            },
            {
              ...bind,
              source: sandbox.path("shared"),
              target: "/rw",
              kind: "directory",
              flags: [],
              recursiveReadonly: "disabled"
            }
          ]
        }).pipe(Effect.map(({ stdout }) => expect(stdout).toBe("shared\ndenied\n")))
        expect(fs.readFileSync(sandbox.path("shared/written"), "utf8")).toBe("y\n")
      })
    )

    behaves("has a read-only root when it is asked for, and writable mounts in it", (sandbox) =>
      Effect.gen(function* () {
        const spec = shell(
          sandbox,
          "echo x 2>/dev/null > /x || echo denied; echo x > /dev/shm/x && echo written",
          {
            spec: { readonlyRoot: { value: true, reason: policy("test") } }
          }
        )
        expect((yield* Sandbox.run(spec)).stdout).toBe("denied\nwritten\n")
      })
    )

    behaves("starts in its working directory, which is made when it is missing", (sandbox) =>
      Effect.gen(function* () {
        const spec = shell(sandbox, "pwd", { process: { cwd: "/not/there/yet" } })
        expect((yield* Sandbox.run(spec)).stdout).toBe("/not/there/yet\n")
      })
    )

    behaves("has the limits, the umask and the environment of its specification, and no other", (sandbox) =>
      Effect.gen(function* () {
        const spec = shell(sandbox, "ulimit -n; ulimit -c; umask; env | grep -v -e PWD -e SHLVL | sort", {
          process: {
            umask: 0o027,
            env: ["A=1", "HOME=/nowhere", "PATH=/bin:/usr/bin"],
            resourceLimits: [
              { name: "nofile", soft: 123, hard: 456, reason: policy("test") },
              { name: "core", soft: 0, hard: 0, reason: policy("test") }
            ]
          }
        })
        expect((yield* Sandbox.run(spec)).stdout).toBe(
          "123\n0\n0027\nA=1\nHOME=/nowhere\nPATH=/bin:/usr/bin\n"
        )
      })
    )

    behaves("tells 127 for a command that does not exist", (sandbox) =>
      Effect.gen(function* () {
        const named = specOf({ id: freshId(), root: sandbox.overlay(), args: ["nope"] })
        expect(yield* Effect.flip(Sandbox.run(named))).toMatchObject({
          _tag: "RuntimeError",
          reason: "CommandNotFound",
          exitCode: 127,
          message: 'exec: "nope": executable file not found in $PATH'
        })
        const absolute = specOf({ id: freshId(), root: sandbox.overlay(), args: ["/no/such"] })
        expect(yield* Effect.flip(Sandbox.run(absolute))).toMatchObject({
          reason: "CommandNotFound",
          exitCode: 127
        })
      })
    )

    behaves("tells 126 for a command that cannot be executed", (sandbox) =>
      Effect.gen(function* () {
        const spec = specOf({ id: freshId(), root: sandbox.overlay(), args: ["/etc/passwd"] })
        expect(yield* Effect.flip(Sandbox.run(spec))).toMatchObject({
          reason: "CommandNotExecutable",
          exitCode: 126,
          message: 'exec: "/etc/passwd": permission denied'
        })
      })
    )

    behaves("ends with 128 and the signal's number when it is killed", (sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = shell(sandbox, "trap 'exit 3' TERM; echo ready; while :; do sleep 0.1; done")
        for (const [signal, code] of [
          [SIGTERM, 3],
          [SIGKILL, 137]
        ] as const) {
          const own = { ...spec, id: freshId(), root: sandbox.overlay() }
          const started = yield* runtime.start(own, Sandbox.piped)
          yield* Effect.promise(() => new Promise((ready) => started.streams.stdout?.once("data", ready)))
          expect(yield* runtime.liveness(started.state, own)).toBe("running")
          yield* runtime.signal(started.state, signal)
          expect((yield* started.exit).code).toBe(code)
          expect(yield* runtime.liveness(started.state, own)).toBe("gone")
          expect(yield* Effect.flip(runtime.signal(started.state, signal))).toMatchObject({
            reason: "NotRunning"
          })
        }
      })
    )

    behaves("is killed with everything it started", (sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = shell(sandbox, "sleep 1000 & sleep 1000 & echo ready; wait")
        const started = yield* runtime.start(spec, Sandbox.piped)
        yield* Effect.promise(() => new Promise((ready) => started.streams.stdout?.once("data", ready)))
        yield* runtime.killAll(started.state, spec)
        // The pipe ends when its last holder does.
        expect(yield* Sandbox.finish(started)).toMatchObject({ code: 137 })
      })
    )

    behaves("writes how it ended to its status file, for whoever waits", (sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const statusFile = sandbox.path("status/exit")
        const spec = shell(sandbox, "exit 9", { spec: { statusFile } })
        const started = yield* runtime.start(spec, {
          ...Sandbox.piped,
          stdio: ["ignore", "ignore", "ignore"]
        })
        const before = Date.now() - 60_000
        const waited = yield* runtime.wait(started.state, spec)
        expect(waited).toMatchObject({ code: 9, oomKilled: false })
        expect(waited.finishedAt).toBeGreaterThan(before)
        expect(yield* runtime.wait(started.state, spec)).toEqual(waited)
      })
    )

    behaves(
      "is frozen and goes on, limited from its first process on, where there are control groups",
      (sandbox) =>
        Effect.gen(function* () {
          const runtime = yield* Runtime
          const id = freshId()
          const limited = shell(sandbox, "echo ready; while :; do sleep 0.05; echo tick; done", {
            id,
            spec: {
              cgroup: { layout: groups, name: id, settings: { devices: [], pidsLimit: 7 }, reasons: {} }
            }
          })
          const started = yield* runtime.start(limited, Sandbox.piped)
          const next = Effect.promise(
            () => new Promise((ready) => started.streams.stdout?.once("data", ready))
          )
          yield* next
          yield* runtime.pause(started.state, limited)
          expect(yield* runtime.liveness(started.state, limited)).toBe("paused")
          yield* runtime.resume(started.state, limited)
          expect(yield* runtime.liveness(started.state, limited)).toBe("running")
          yield* next
          expect(
            directories(limited.cgroup)
              .map((directory) => `${directory}/pids.max`)
              .filter((file) => fs.existsSync(file))
              .map((file) => fs.readFileSync(file, "utf8").trim())
          ).toEqual(hasPids ? ["7"] : [])
          yield* runtime.killAll(started.state, limited)
          yield* started.exit
          yield* runtime.remove(limited)
          expect(directories(limited.cgroup).filter((directory) => fs.existsSync(directory))).toEqual([])
        })
    )

    behaves("can be removed any number of times", (sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = shell(sandbox, "true")
        yield* Sandbox.run(spec)
        yield* runtime.remove(spec)
        yield* runtime.remove(spec)
      })
    )
  })

  describe(`${name}: exec`, () => {
    /** A container that runs until the test is over, and one command in it. */
    const inside = (
      sandbox: Sandbox.Sandbox,
      test: (
        exec: (
          args: ReadonlyArray<string>,
          more?: Parameters<typeof processOf>[1]
        ) => Effect.Effect<Sandbox.Outcome, unknown>,
        spec: ReturnType<typeof specOf>
      ) => Effect.Effect<void, unknown>
    ) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = shell(sandbox, "echo hello > /tmp/greeting; echo ready; exec sleep 1000")
        const started = yield* runtime.start(spec, Sandbox.piped)
        yield* Effect.promise(() => new Promise((ready) => started.streams.stdout?.once("data", ready)))
        yield* Effect.ensuring(
          test(
            (args, more) =>
              Effect.flatMap(
                runtime.exec(started.state, spec, processOf(args, more), Sandbox.piped),
                Sandbox.finish
              ),
            spec
          ),
          Effect.zipRight(Effect.ignore(runtime.killAll(started.state, spec)), started.exit)
        )
        expect(
          yield* Effect.flip(runtime.exec(started.state, spec, processOf(["true"]), Sandbox.piped))
        ).toMatchObject({
          reason: "NotRunning"
        })
      })

    behaves("runs in the container's namespaces and root, and passes its exit code on", (sandbox) =>
      inside(sandbox, (exec, spec) =>
        Effect.gen(function* () {
          expect(yield* exec(["cat", "/tmp/greeting"])).toMatchObject({ code: 0, stdout: "hello\n" })
          expect((yield* exec(["hostname"])).stdout).toBe(`${spec.hostname}\n`)
          expect((yield* exec(["sh", "-c", "exit 5"])).code).toBe(5)
          const { stdout } = yield* exec([
            "sh",
            "-c",
            "for ns in mnt pid uts ipc net cgroup; do [ $(readlink /proc/1/ns/$ns) = $(readlink /proc/self/ns/$ns) ] && echo same; done"
          ])
          expect(stdout).toBe("same\n".repeat(6))
        })
      )
    )

    behaves("drops to the capabilities of its own process, and brings no descriptor in", (sandbox) =>
      inside(sandbox, (exec) =>
        Effect.gen(function* () {
          expect((yield* exec(["grep", "CapEff", "/proc/self/status"])).stdout).toContain("00000000a80425fb")
          const fds = (yield* exec(["ls", "/proc/self/fd"])).stdout.trim().split("\n")
          // The last one is ls's own, on the directory.
          expect(fds).toEqual(["0", "1", "2", "3"])
        })
      )
    )

    behaves("tells 127 and 126 as run does", (sandbox) =>
      inside(sandbox, (exec) =>
        Effect.gen(function* () {
          expect(yield* Effect.flip(exec(["nope"]))).toMatchObject({ exitCode: 127 })
          expect(yield* Effect.flip(exec(["/etc/passwd"]))).toMatchObject({ exitCode: 126 })
        })
      )
    )
  })
}
