import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ContainerEvents from "../core/store/ContainerEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Randomness } from "../edge/host/Randomness.js"
import type { Size } from "../edge/linux/TerminalDevice.js"
import { Runtime, type Started } from "../edge/runtime/Runtime.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { type Prepared, Streams } from "../edge/supervisor/Streams.js"
import { UserTerminal } from "../edge/terminal/UserTerminal.js"
import * as ExecProcess from "./ExecProcess.js"
import { forker } from "./Fork.js"
import { lastWords } from "./LastWords.js"
import * as TypedInput from "./TypedInput.js"

/** How long to wait for output after the process has ended, when its children still hold its streams. */
const patience = Duration.millis(500)

/** Starts one more process in a running container and leaves it alone; its output goes nowhere. */
export const detached = (container: StoredContainer, request: ExecProcess.ExecRequest) =>
  Effect.gen(function* () {
    const quiet = { ...request, terminal: false, interactive: false }
    const run = yield* ExecProcess.target(container)
    const spec = yield* (yield* ContainerFiles).spec(container.paths)
    const process = yield* ExecProcess.resolve(container, spec, quiet, undefined)
    const nothing = { _tag: "Null" } as const
    const told = yield* events(container, request)
    yield* told("exec_create")
    const started = yield* (yield* Runtime).exec(
      run,
      spec,
      { ...process, stdin: nothing, stdout: nothing, stderr: nothing },
      { stdio: ["ignore", "ignore", "ignore"], descriptors: [], lifetime: "detached" }
    )
    yield* told("exec_start")
    yield* started.release
  })

/** Tells of a process of a container, under an id of its own. */
const events = ({ record }: StoredContainer, { command }: ExecProcess.ExecRequest) =>
  Effect.map(
    Effect.flatMap(Randomness, ({ id }) => id),
    (execID) =>
      (action: "exec_create" | "exec_start" | "exec_die", more: Readonly<Record<string, string>> = {}) => {
        const what =
          action === "exec_die" ? action : `${action}: ${command[0] ?? ""} ${command.slice(1).join(" ")}`
        return tell(ContainerEvents.of(record, what, { execID, ...more }))
      }
  )

/**
 * Runs one more process in a running container with our streams, or with a terminal that is ours, and gives its exit code.
 * Undefined when the detach keys were typed: then it goes on without us.
 */
export const foreground = (
  container: StoredContainer,
  request: ExecProcess.ExecRequest,
  detachKeys: ReadonlyArray<number>
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const user = yield* UserTerminal
      const size = request.terminal ? yield* user.size : undefined
      const run = yield* ExecProcess.target(container)
      const spec = yield* (yield* ContainerFiles).spec(container.paths)
      const process = yield* ExecProcess.resolve(container, spec, request, size)
      const streams = yield* (yield* Streams).temporary({ ...request, paths: container.paths })
      yield* streams.join({ stdout: yield* user.stdout, stderr: yield* user.stderr })
      const { stdio, descriptors } = streams.io
      const told = yield* events(container, request)
      yield* told("exec_create")
      const started = yield* (yield* Runtime).exec(run, spec, process, {
        stdio,
        descriptors,
        lifetime: "detached"
      })
      yield* told("exec_start")
      yield* streams.relay
      if (request.interactive && !request.terminal) yield* streams.feed(yield* user.stdin)
      const code = yield* request.terminal
        ? onTerminal(streams, started, size, detachKeys, request.interactive)
        : ending(streams, started)
      if (code !== undefined) yield* told("exec_die", { exitCode: String(code) })
      return code
    })
  )

const ending = (streams: Prepared, started: Started) =>
  Effect.gen(function* () {
    const exit = yield* started.exit
    yield* lastWords(streams, patience)
    return exit.code
  })

const onTerminal = (
  streams: Prepared,
  started: Started,
  size: Size | undefined,
  detachKeys: ReadonlyArray<number>,
  interactive: boolean
) =>
  Effect.gen(function* () {
    const user = yield* UserTerminal
    const fork = yield* forker<never>()
    if (size !== undefined) yield* streams.resize(size)
    yield* user.onResize((next) => fork(streams.resize(next)))
    if (!interactive) return yield* ending(streams, started)
    if (user.inIsTerminal) yield* user.raw
    const typed = yield* TypedInput.make(yield* user.stdin, detachKeys)
    yield* streams.feed(typed.input)
    return yield* Effect.raceFirst(ending(streams, started), Effect.as(typed.detached, undefined))
  })
