import * as childProcess from "node:child_process"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Hook } from "../../core/container/bundle/Hook.js"
import { RuntimeError } from "../runtime/RuntimeError.js"

const failed = (kind: string, hook: Hook, how: string): RuntimeError =>
  new RuntimeError({ reason: "Setup", exitCode: 125, message: `${kind} hook ${hook.path}: ${how}` })

/** Runs the hooks that belong outside a container. Source: runtime-spec, config.md, "POSIX-platform Hooks". */
export class HookRunner extends Context.Tag("kasane/edge/bundle/HookRunner")<
  HookRunner,
  {
    /** Runs a hook to its end with `state` on its stdin and no variables but its own; kills it after its timeout. */
    readonly run: (hook: Hook, kind: string, state: string) => Effect.Effect<void, RuntimeError>
  }
>() {}

const variables = (env: Hook["env"]): NodeJS.ProcessEnv =>
  Object.fromEntries(
    (env ?? []).map((entry) => {
      const at = entry.indexOf("=")
      return at < 0 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)]
    })
  )

const run = (hook: Hook, name: string, state: string) =>
  Effect.async<void, RuntimeError>((resume) => {
    const fail = (how: string) => resume(Effect.fail(failed(name, hook, how)))
    const [argv0, ...args] = hook.args ?? []
    const child = childProcess.spawn(hook.path, args, {
      ...(argv0 === undefined ? {} : { argv0 }),
      env: variables(hook.env),
      stdio: ["pipe", "ignore", "pipe"]
    })
    const complaints: Array<Buffer> = []
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk))
    child.on("error", (cause) => fail(cause.message))
    child.on("close", (code, signal) => {
      if (code === 0) return resume(Effect.void)
      const said = Buffer.concat(complaints).toString("utf8").trim()
      fail(
        `${signal === null ? `exit status ${code}` : `killed by ${signal}`}${said === "" ? "" : `, stderr: ${said}`}`
      )
    })
    // A hook may end without reading its input.
    child.stdin.on("error", () => undefined)
    child.stdin.end(state)
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

export const layer: Layer.Layer<HookRunner> = Layer.succeed(HookRunner, {
  run: (hook, kind, state) => {
    const { timeout } = hook
    const work = run(hook, kind, state)
    return timeout === undefined || timeout === null
      ? work
      : Effect.timeoutFail(work, {
          duration: Duration.seconds(timeout),
          onTimeout: () => failed(kind, hook, `it took longer than ${timeout} s`)
        })
  }
})
