import * as fs from "node:fs"
import type { Readable, Writable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { ProcessIdentity } from "../../core/store/ContainerState.js"
import type { ContainerPaths } from "../../core/store/LayoutPaths.js"
import * as AttachClient from "./AttachClient.js"
import * as AttachServer from "./AttachServer.js"
import * as ContainerIo from "./ContainerIo.js"
import * as LogFile from "./LogFile.js"
import { Relay } from "./Relay.js"
import { type Relayed, type StreamRequest, Streams } from "./Streams.js"

/** Milliseconds since the epoch with their fraction: log lines of one millisecond keep their order. */
const now = (): number => performance.timeOrigin + performance.now()

const socketPath = (paths: ContainerPaths): string => `${paths.dir}/attach.sock`

/** Pours a source into a sink as fast as the sink takes it, until the scope closes. */
const pour = (source: Readable, sink: () => Writable | undefined, isTerminal: boolean) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const onData = (chunk: Buffer) => {
        const to = sink()
        if (to === undefined || to.destroyed || to.write(chunk)) return
        source.pause()
        to.once("drain", () => source.resume())
      }
      const onEnd = () => {
        if (!isTerminal) sink()?.end()
      }
      source.on("data", onData)
      source.on("end", onEnd)
      return () => {
        source.off("data", onData)
        source.off("end", onEnd)
      }
    }),
    (stop) => Effect.sync(stop)
  )

/** The event loop has looked at every descriptor once more, and what it found was handled. */
const polled = Effect.async<void>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

const relayed = (
  relay: Relay,
  ends: () => ContainerIo.OurEnds | undefined,
  isTerminal: boolean
): Relayed => ({
  join: (audience) =>
    Effect.acquireRelease(
      Effect.sync(() => relay.join(audience)),
      (leave) => Effect.sync(leave)
    ),
  feed: (source) => pour(source, () => ends()?.stdin, isTerminal),
  resize: (size) => Effect.sync(() => ends()?.resize(size)),
  finished: relay.finished,
  flushed: polled
})

const logOf = (request: StreamRequest) =>
  request.log === undefined ? Effect.succeed(undefined) : LogFile.open(request.paths.log, request.log)

/** Opens what the runtime needs, and starts to relay when told. */
const prepared = (relay: Relay, open: ReturnType<typeof ContainerIo.pipes>, isTerminal: boolean) =>
  Effect.gen(function* () {
    const io = yield* open
    let ends: ContainerIo.OurEnds | undefined
    const waiting: Array<(ends: ContainerIo.OurEnds) => void> = []
    return {
      ...relayed(relay, () => ends, isTerminal),
      io,
      whenRunning: (callback: (ends: ContainerIo.OurEnds) => void) => {
        if (ends === undefined) waiting.push(callback)
        else callback(ends)
      },
      relay: Effect.map(io.started, (started) => {
        ends = started
        relay.begin(started.stdout, started.stderr)
        for (const callback of waiting.splice(0)) callback(started)
      })
    }
  })

let temporaries = 0

/** FIFOs nobody else will open: their names go as soon as both sides are open. */
const unnamed = (dir: string, interactive: boolean) =>
  Effect.suspend(() => {
    temporaries++
    const base = `${dir}/exec-${process.pid}-${temporaries}`
    const paths = { stdin: `${base}.0`, stdout: `${base}.1`, stderr: `${base}.2` }
    return Effect.tap(ContainerIo.pipes(paths, interactive), () =>
      Effect.sync(() => {
        for (const path of Object.values(paths)) fs.rmSync(path, { force: true })
      })
    )
  })

/** Only containers with one pay for loading it. */
const terminals = Effect.promise(() => import("./ContainerTerminal.js"))
const terminal = Effect.flatMap(terminals, ({ make }) => make)

/** A container whose terminal cannot be had goes on without its output being read, and is kept all the same. */
const terminalOf = ({ paths }: StreamRequest, monitor: ProcessIdentity | undefined) =>
  (monitor === undefined
    ? Effect.succeed(ContainerIo.noEnds)
    : Effect.flatMap(terminals, ({ adopt }) => adopt(monitor))
  ).pipe(
    Effect.catchAll(({ message }) =>
      Effect.as(Effect.logWarning(`${paths.dir}: ${message}`), ContainerIo.noEnds)
    )
  )

/** FIFOs, pseudo terminals and sockets of this host. */
export const service: Streams["Type"] = Streams.of({
  prepare: (request) =>
    Effect.gen(function* () {
      const relay = new Relay(yield* logOf(request), now)
      const open = request.terminal ? terminal : ContainerIo.pipes(request.paths, request.interactive)
      const streams = yield* prepared(relay, open, request.terminal)
      const { whenRunning } = streams
      const listening = AttachServer.listen(socketPath(request.paths), relay, {
        whenRunning,
        once: request.stdinOnce
      })
      const attachable = yield* Effect.cached(
        Effect.provideService(listening, Scope.Scope, yield* Effect.scope)
      )
      return { ...streams, attachable }
    }),
  adopt: (request, monitor) =>
    Effect.gen(function* () {
      const relay = new Relay(yield* logOf(request), now)
      const ends = yield* request.terminal
        ? terminalOf(request, monitor)
        : ContainerIo.adopt(request.paths, request.interactive)
      relay.begin(ends.stdout, ends.stderr)
      yield* AttachServer.listen(socketPath(request.paths), relay, {
        whenRunning: (callback) => callback(ends),
        once: request.stdinOnce
      })
      return relayed(relay, () => ends, request.terminal)
    }),
  temporary: (request) =>
    prepared(
      new Relay(undefined, now),
      request.terminal ? terminal : unnamed(request.paths.dir, request.interactive),
      request.terminal
    ),
  attach: (paths, attachment) => AttachClient.attach(socketPath(paths), attachment)
})
