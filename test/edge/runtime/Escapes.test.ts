import * as fs from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Capability from "../../../src/core/container/Capability.js"
import { policy } from "../../../src/core/container/Reason.js"
import * as Bpf from "../../../src/core/container/seccomp/Bpf.js"
import * as CompileFilter from "../../../src/core/container/seccomp/CompileFilter.js"
import * as DockerProfile from "../../../src/core/container/seccomp/DockerProfile.js"
import * as Profile from "../../../src/core/container/seccomp/Profile.js"
import { Runtime } from "../../../src/edge/runtime/Runtime.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import * as Sandbox from "../../support/Sandbox.js"
import { processOf, specOf } from "../../support/Spec.js"

/** Attacks of the advisories on other runtimes, by images and commands. Needs root, as the native runtime does. */
const behaves = (title: string, test: (sandbox: Sandbox.Sandbox) => Effect.Effect<void, unknown, Runtime>) =>
  it.scopedLive(title, () =>
    Effect.flatMap(Sandbox.make, (sandbox) => Effect.provide(test(sandbox), layerNative(sandbox.directory)))
  )

let ids = 0
const freshId = (): string => `${process.pid.toString(16)}e${(ids++).toString(16)}`.padEnd(64, "0")

/** A directory of the host that an attack would change. */
const canaryOf = (sandbox: Sandbox.Sandbox): string => {
  const file = sandbox.path("canary/file")
  fs.writeFileSync(file, "untouched")
  return sandbox.path("canary")
}

const listing = (directory: string): ReadonlyArray<string> => fs.readdirSync(directory).sort()

const replaceByLink = (sandbox: Sandbox.Sandbox, path: string, target: string): void => {
  fs.rmSync(`${sandbox.image}${path}`, { recursive: true, force: true })
  fs.symlinkSync(target, `${sandbox.image}${path}`)
}

describe("an image", () => {
  for (const path of ["/proc", "/sys", "/dev"]) {
    for (const climb of ["", "../../../../../../../.."]) {
      behaves(`with a link (${climb === "" ? "absolute" : "relative"}) for ${path} is refused`, (sandbox) =>
        Effect.gen(function* () {
          const canary = canaryOf(sandbox)
          replaceByLink(sandbox, path, `${climb}${canary}`)
          const spec = specOf({ id: freshId(), root: sandbox.overlay(), args: ["true"] })
          expect(yield* Effect.flip(Sandbox.run(spec))).toMatchObject({ reason: "Setup", errno: "ELOOP" })
          expect(listing(canary)).toEqual(["file"])
          expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(sandbox.directory)
        })
      )
    }
  }

  behaves("with a link where a bind goes keeps the bind inside its root", (sandbox) =>
    Effect.gen(function* () {
      const canary = canaryOf(sandbox)
      replaceByLink(sandbox, "/srv", `../../../../../../..${canary}`)
      fs.mkdirSync(`${sandbox.image}${canary}`, { recursive: true })
      const source = sandbox.path("source/file")
      fs.writeFileSync(source, "bound")
      const spec = specOf({ id: freshId(), root: sandbox.overlay(), args: ["cat", "/srv/file"] })
      const { stdout } = yield* Sandbox.run({
        ...spec,
        mounts: [
          ...spec.mounts,
          {
            _tag: "Bind",
            source,
            target: "/srv/file",
            kind: "file",
            flags: [],
            recursive: true,
            recursiveReadonly: "disabled",
            propagation: "rprivate",
            reason: policy("test")
          }
        ]
      })
      expect(stdout).toBe("bound")
      expect(fs.readFileSync(`${canary}/file`, "utf8")).toBe("untouched")
      expect(listing(canary)).toEqual(["file"])
    })
  )
})

describe("a working directory", () => {
  behaves("of /proc/self/fd/N never lies outside the root, in run and exec (CVE-2024-21626)", (sandbox) =>
    Effect.gen(function* () {
      const runtime = yield* Runtime
      const long = specOf({ id: freshId(), root: sandbox.overlay(), args: ["sleep", "1000"] })
      const started = yield* runtime.start(long, Sandbox.piped)
      const isHarmless = (result: Either.Either<Sandbox.Outcome, unknown>): boolean =>
        Either.isLeft(result) || !/canary|image|\(unreachable\)/.test(result.right.stdout)
      const command = ["sh", "-c", "pwd -P; ls -d ../../../../../../.. ; ls"]
      for (let fd = 3; fd <= 64; fd += fd < 12 ? 1 : 13) {
        const cwd = `/proc/self/fd/${fd}`
        const spec = specOf({ id: freshId(), root: sandbox.overlay(), args: command, process: { cwd } })
        expect([fd, isHarmless(yield* Effect.either(Sandbox.run(spec)))]).toEqual([fd, true])
        const inside = runtime.exec(started.state, long, processOf(command, { cwd }), Sandbox.piped)
        const result = yield* Effect.either(Effect.flatMap(inside, Sandbox.finish))
        expect([fd, isHarmless(result)]).toEqual([fd, true])
      }
      yield* runtime.killAll(started.state, long)
      yield* started.exit
    })
  )
})

describe("the executable that set a container up", () => {
  behaves("can be written by nobody inside, not even where it stays as the init (CVE-2019-5736)", (sandbox) =>
    Effect.gen(function* () {
      const spec = specOf({
        id: freshId(),
        root: sandbox.overlay(),
        args: ["sh", "-c", "echo x > /proc/1/exe || echo refused; readlink /proc/1/exe"],
        process: { init: { value: true, reason: policy("test") } }
      })
      const { stdout } = yield* Sandbox.run(spec)
      // An init is dumpable again, so that exec can join it: what its exe names is the sealed program, never the host's node.
      expect(stdout).toBe("refused\n/memfd:kasane (deleted)\n")
    })
  )
})

describe("Docker's filter", () => {
  behaves("keeps a container's root from making namespaces and mounts", (sandbox) =>
    Effect.gen(function* () {
      const architecture = process.arch === "arm64" ? "arm64" : "amd64"
      const facts = { architecture, capabilities: Capability.dockerDefault, kernel: [6, 1] } as const
      const program = Either.getOrThrow(CompileFilter.compile(Profile.select(DockerProfile.profile, facts)))
      const seccomp = {
        program: Bpf.encode(program),
        source: { profileText: undefined, kernel: facts.kernel },
        flags: 0,
        reason: policy("test")
      }
      const script =
        "unshare -U true || echo refused; unshare -m true || echo refused; grep Seccomp: /proc/self/status"
      const run = (more: { readonly seccomp: typeof seccomp | undefined }) =>
        Sandbox.run(
          specOf({ id: freshId(), root: sandbox.overlay(), args: ["sh", "-c", script], process: more })
        )
      expect((yield* run({ seccomp })).stdout).toBe("refused\nrefused\nSeccomp:\t2\n")
      // Without it a user namespace can be had: it is the filter that refuses.
      expect((yield* run({ seccomp: undefined })).stdout).toBe("refused\nSeccomp:\t0\n")
    })
  )
})
