import * as Effect from "effect/Effect"
import * as BundleConfig from "../../core/container/bundle/BundleConfig.js"
import * as BundleProcess from "../../core/container/bundle/BundleProcess.js"
import { invalid } from "../../core/container/bundle/InvalidBundle.js"
import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import * as Environment from "../../core/container/Environment.js"
import { executables } from "../../core/container/ResolveProcess.js"
import { BundleRuntime, type Waiter } from "../../edge/bundle/BundleRuntime.js"
import { HostProbe } from "../../edge/host/HostProbe.js"
import { labels } from "./Create.js"
import * as Sight from "./Sight.js"

/** What `exec` changes about the container's own process. */
export interface Changes {
  readonly args: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  readonly cwd: string | undefined
  readonly user: { readonly uid: number; readonly gid: number } | undefined
  readonly additionalGids: ReadonlyArray<number>
  readonly noNewPrivileges: boolean
}

export interface ExecRequest {
  readonly root: string
  readonly id: string
  /** A file that describes the process; undefined: the container's own, changed. */
  readonly processFile: string | undefined
  readonly changes: Changes
  readonly terminal: boolean
  readonly consoleSocket: string | undefined
  readonly waiter: Waiter
}

const fromFile = (path: string, spec: ContainerSpec, consoleSocket: string | undefined) =>
  Effect.gen(function* () {
    const probe = yield* HostProbe
    const text = yield* probe.text(path)
    if (text === undefined) return yield* invalid("--process", `${path} cannot be read`)
    const process = yield* BundleConfig.readProcess(text)
    const { seccomp, newKeyring } = spec.process
    return yield* BundleProcess.resolve(process, {
      seccomp,
      newKeyring,
      consoleSocket,
      labels: yield* labels
    })
  })

const changed = ({ process }: ContainerSpec, request: ExecRequest): ContainerProcess => {
  const { changes, consoleSocket, terminal } = request
  const env = Environment.merge(process.env, changes.env)
  const stream = terminal ? ({ _tag: "Terminal" } as const) : ({ _tag: "Inherited" } as const)
  const { uid, gid } = changes.user ?? process.identity
  return {
    ...process,
    args: changes.args,
    executables: executables(changes.args[0] ?? "", env),
    env,
    cwd: changes.cwd ?? process.cwd,
    identity: {
      ...process.identity,
      uid,
      gid,
      additionalGids: [...process.identity.additionalGids, ...changes.additionalGids]
    },
    noNewPrivileges: changes.noNewPrivileges
      ? { ...process.noNewPrivileges, value: true }
      : process.noNewPrivileges,
    stdin: stream,
    stdout: stream,
    stderr: stream,
    terminal: terminal && consoleSocket !== undefined ? { _tag: "Console", path: consoleSocket } : undefined,
    terminalSize: undefined
  }
}

/** Starts one more process in a container that is created or runs. */
export const exec = (request: ExecRequest) =>
  Effect.gen(function* () {
    const { root, id, processFile, consoleSocket, terminal } = request
    const { record, spec, status } = yield* Sight.look(root, id)
    if (status === "stopped" || status === "creating") return yield* Sight.notRunning(id)
    if (status === "paused") return yield* Sight.wrongStatus("exec in", id, status)
    if (processFile === undefined && request.changes.args.length === 0)
      return yield* invalid("exec", "there is no command")
    if (processFile === undefined && terminal && consoleSocket === undefined)
      return yield* invalid("exec", "a terminal needs --console-socket, to hand its other end over")
    const process =
      processFile === undefined ? changed(spec, request) : yield* fromFile(processFile, spec, consoleSocket)
    return yield* (yield* BundleRuntime).exec(yield* Sight.processOf(record), spec, process, request.waiter)
  })
