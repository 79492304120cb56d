import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { policy } from "../../../src/core/container/Reason.js"
import { firstPassedFd } from "../../../src/core/program/Program.js"
import * as DescriptorSocket from "../../../src/edge/linux/DescriptorSocket.js"
import { Runtime, type StartRequest } from "../../../src/edge/runtime/Runtime.js"
import { RuntimeError } from "../../../src/edge/runtime/RuntimeError.js"
import { layerNative } from "../../../src/edge/runtime/RuntimeNative.js"
import { root } from "../../support/Kasane.js"
import * as Sandbox from "../../support/Sandbox.js"
import { script } from "../../support/Script.js"
import { processOf, specOf } from "../../support/Spec.js"

const withRuntime = <E>(test: (sandbox: Sandbox.Sandbox) => Effect.Effect<void, E, Runtime>) =>
  Effect.flatMap(Sandbox.make, (sandbox) => Effect.provide(test(sandbox), layerNative(sandbox.directory)))

const shell = (sandbox: Sandbox.Sandbox, text: string, process: Parameters<typeof processOf>[1] = {}) =>
  specOf({ root: sandbox.overlay(), args: ["sh", "-c", text], process })

const terminal = {
  stdin: { _tag: "Terminal" },
  stdout: { _tag: "Terminal" },
  stderr: { _tag: "Terminal" },
  terminal: { _tag: "Socket", fd: firstPassedFd },
  terminalSize: { rows: 33, columns: 111 }
} as const

/** Reads a terminal's master until it hangs up. */
const readAll = (fd: number): Effect.Effect<string> =>
  Effect.promise(async () => {
    let text = ""
    try {
      for await (const chunk of fs.createReadStream("", { fd })) text += chunk
    } catch {
      // EIO: the last slave is closed.
    }
    return text.replaceAll("\r\n", "\n")
  })

const onTerminal = (start: (request: StartRequest) => Effect.Effect<unknown, RuntimeError>) =>
  Effect.gen(function* () {
    const [ours, theirs] = DescriptorSocket.pair()
    yield* start({ stdio: ["ignore", "ignore", "ignore"], descriptors: [theirs], lifetime: "detached" })
    fs.closeSync(theirs)
    const master = DescriptorSocket.receive(ours)
    fs.closeSync(ours)
    return master ?? -1
  })

// Need root, for namespaces and mounts.
describe("a terminal", () => {
  const probe =
    "tty; stty size; [ -t 0 ] && ps -o tty= 2>/dev/null; echo done > /dev/tty; ls -l /dev/console | cut -c1"

  it.scoped("is of the container's own devpts, sized, controlling, and at /dev/console", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const master = yield* onTerminal((request) => runtime.start(shell(sandbox, probe, terminal), request))
        const text = yield* readAll(master)
        expect(text).toContain("/dev/pts/0\n33 111\n")
        expect(text).toContain("done\nc\n")
      })
    )
  )

  it.scoped("is given to exec too, and ^C reaches what runs there", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        const spec = shell(sandbox, "exec sleep 1000")
        const started = yield* runtime.start(spec, Sandbox.piped)
        const process = processOf(
          ["sh", "-c", "trap 'echo caught; exit 3' INT; tty; while :; do sleep 0.1; done"],
          terminal
        )
        let exit: Effect.Effect<{ readonly code: number }> = Effect.succeed({ code: -1 })
        const master = yield* onTerminal((request) =>
          Effect.tap(runtime.exec(started.state, spec, process, request), (command) => {
            exit = command.exit
          })
        )
        const writing = Effect.promise(
          () =>
            new Promise<void>((resolve) => {
              const stream = fs.createReadStream("", { fd: master, autoClose: false })
              stream.once("data", () => {
                fs.writeSync(master, "\x03")
                resolve()
              })
              stream.on("error", () => undefined)
            })
        )
        yield* writing
        expect((yield* exit).code).toBe(3)
        yield* runtime.killAll(started.state, spec)
        yield* started.exit
      })
    )
  )
})

describe("an init", () => {
  const withInit = { init: { value: true, reason: policy("test") } }

  it.scoped("is process 1, passes the exit code on, and reaps orphans", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const text =
          "echo $$; (sleep 0 &) ; sleep 0.3; for p in /proc/[0-9]*; do grep -q '^State:.Z' $p/status 2>/dev/null && echo zombie; done; exit 6"
        const outcome = yield* Sandbox.run(shell(sandbox, text, withInit))
        expect(outcome).toMatchObject({ code: 6, stdout: "2\n" })
      })
    )
  )

  it.scoped("passes signals on, and tells of the signal that killed its command", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        for (const [text, code] of [
          ["trap 'exit 4' TERM; echo ready; while :; do sleep 0.1; done", 4],
          ["echo ready; exec sleep 1000", 143]
        ] as const) {
          const started = yield* runtime.start(shell(sandbox, text, withInit), Sandbox.piped)
          yield* Effect.promise(() => new Promise((ready) => started.streams.stdout?.once("data", ready)))
          yield* runtime.signal(started.state, 15)
          expect((yield* started.exit).code).toBe(code)
        }
      })
    )
  )

  it.scoped("tells 127 as a container without one does", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const spec = specOf({ root: sandbox.overlay(), args: ["nope"], process: withInit })
        expect(yield* Effect.flip(Sandbox.run(spec))).toMatchObject({
          reason: "CommandNotFound",
          exitCode: 127
        })
      })
    )
  )
})

describe("starting", () => {
  it.scoped("waits for the network to be attached from outside", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const spec = shell(sandbox, "cat /proc/self/net/dev | wc -l")
        yield* Sandbox.run(spec, {
          ...Sandbox.piped,
          prepare: (pid) =>
            Effect.sync(() => {
              order.push(fs.readlinkSync(`/proc/${pid}/ns/net`))
            })
        })
        expect(order).toHaveLength(1)
        expect(order[0]).not.toBe(fs.readlinkSync("/proc/self/ns/net"))
      })
    )
  )

  it.scoped("fails as the preparation fails, and leaves nothing", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const runtime = yield* Runtime
        let seen = 0
        const refused = new RuntimeError({ reason: "Unsupported", exitCode: 125, message: "no network" })
        const failure = yield* Effect.flip(
          runtime.start(shell(sandbox, "true"), {
            ...Sandbox.piped,
            prepare: (pid) => {
              seen = pid
              return Effect.fail(refused)
            }
          })
        )
        expect(failure).toMatchObject({ message: "no network" })
        expect(fs.existsSync(`/proc/${seen}/root/proc`)).toBe(false)
      })
    )
  )

  it.scoped("names the step that failed, and why it is there", () =>
    withRuntime((sandbox) =>
      Effect.gen(function* () {
        const spec = specOf({ root: sandbox.overlay(`${sandbox.directory}/absent`), args: ["true"] })
        expect(yield* Effect.flip(Sandbox.run(spec))).toMatchObject({
          reason: "Setup",
          exitCode: 125,
          errno: "ENOENT",
          step: expect.stringMatching(/^mount\("overlay"/)
        })
      })
    )
  )

  it("leaves nothing running when its starter is killed and it is bound to it", async () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-bound-"))
    script(new URL("bound.ts", import.meta.url), { ...root, home })
    const starter = spawn(process.execPath, [path.join(home, "bound.mjs")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: home }
    })
    const pid = await new Promise<number>((resolve) =>
      starter.stdout.once("data", (line) => resolve(Number(line)))
    )
    expect(fs.existsSync(`/proc/${pid}`)).toBe(true)
    starter.kill("SIGKILL")
    await new Promise((resolve) => starter.once("close", resolve))
    fs.rmSync(home, { recursive: true })
    // `close` waits for the pipe, which the container holds too.
    expect(fs.existsSync(`/proc/${pid}/root/bin`)).toBe(false)
  })
})
