import { Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Account from "../core/container/Account.js"
import type { ContainerProcess } from "../core/container/ContainerProcess.js"
import type { ContainerSpec } from "../core/container/ContainerSpec.js"
import type { Flags } from "../core/container/Flags.js"
import * as KeptRequest from "../core/container/KeptRequest.js"
import * as ResolveProcess from "../core/container/ResolveProcess.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import type { Size } from "../edge/linux/TerminalDevice.js"
import { Runtime } from "../edge/runtime/Runtime.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import { LayerStore } from "../edge/store/LayerStore.js"
import { Streams } from "../edge/supervisor/Streams.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict, invalid } from "./EngineError.js"
import { lastWords } from "./LastWords.js"
import * as PrepareSpec from "./PrepareSpec.js"
import { runState } from "./RunIdentity.js"

/** What one more process in a container is. */
export interface ExecRequest {
  readonly command: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  readonly user: string | undefined
  readonly workingDirectory: string | undefined
  readonly privileged: boolean
  readonly terminal: boolean
  readonly interactive: boolean
}

/**
 * The process of an exec: the container's own settings, with its user, environment and directory replaced where the request
 * says so. No resource limits are added, no init.
 */
export const resolve = (
  container: StoredContainer,
  spec: ContainerSpec,
  request: ExecRequest,
  size: Size | undefined
) =>
  Effect.gen(function* () {
    const { record, paths } = container
    const kept = yield* ContainerRequest.kept(record)
    const flags: Flags = {
      ...kept.flags,
      env: [...(kept.flags["env"] ?? []), ...request.env],
      ...(request.user === undefined ? {} : { user: [request.user], "group-add": [] }),
      ...(request.workingDirectory === undefined ? {} : { workdir: [request.workingDirectory] }),
      ...(request.privileged ? { privileged: ["true"] } : {}),
      entrypoint: [""],
      tty: [String(request.terminal)],
      interactive: [String(request.interactive)],
      init: ["false"]
    }
    const options = yield* KeptRequest.options({ ...kept, flags, command: request.command })
    const layers = record.chainId === undefined ? [] : yield* (yield* LayerStore).lowerDirs(record.chainId)
    const accounts = yield* (yield* ContainerFiles).accounts([paths.upper, ...layers], Account.maximumBytes)
    const host = yield* (yield* HostProbe).host
    const process: ContainerProcess = yield* ResolveProcess.resolve(
      options,
      record.config,
      spec.hostname ?? host.hostname,
      host,
      { ...accounts, ...PrepareSpec.streams(options, size) }
    )
    return process
  })

/** Where to find the container's process, or Docker's words for why there is none to join. */
export const target = (container: StoredContainer) => {
  const { record, state } = container
  const run = runState(state)
  if (state.status === "paused")
    return conflict(`container ${record.id} is paused, unpause the container before exec`)
  if (state.status === "restarting")
    return conflict(`container ${record.id} is restarting, wait until the container is running`)
  return run === undefined ? conflict(`container ${record.id} is not running`) : Effect.succeed(run)
}

const mostOutput = 4096

/** Runs a command in a container and gives its exit code and the beginning of its output. */
export const capture = (container: StoredContainer, spec: ContainerSpec, command: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const [first] = command
      if (first === undefined) return yield* invalid("no command specified")
      const request: ExecRequest = {
        command,
        env: [],
        user: undefined,
        workingDirectory: undefined,
        privileged: false,
        terminal: false,
        interactive: false
      }
      const run = yield* target(container)
      const process = yield* resolve(container, spec, request, undefined)
      const streams = yield* (yield* Streams).temporary({ ...request, paths: container.paths })
      const output = collector()
      yield* streams.join({ stdout: output.sink, stderr: output.sink })
      const { stdio, descriptors } = streams.io
      const runtime = yield* Runtime
      const started = yield* runtime.exec(run, spec, process, { stdio, descriptors, lifetime: "bound" })
      yield* Effect.addFinalizer(() => Effect.ignore(runtime.signal(started.state, 9)))
      yield* streams.relay
      const exit = yield* started.exit
      yield* lastWords(streams, "1 second")
      return { code: exit.code, output: output.text() }
    })
  )

const collector = () => {
  const chunks: Array<Buffer> = []
  let size = 0
  return {
    text: () => Buffer.concat(chunks).toString("utf8"),
    sink: new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (size < mostOutput) chunks.push(chunk.subarray(0, mostOutput - size))
        size += chunk.length
        done()
      }
    })
  }
}
