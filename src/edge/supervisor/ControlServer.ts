import * as fs from "node:fs"
import * as net from "node:net"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Flock from "../linux/Flock.js"
import type { Size } from "../linux/TerminalDevice.js"
import type { Sinks } from "../terminal/TerminalWritable.js"
import * as AttachFrame from "./AttachFrame.js"
import { framed } from "./AttachServer.js"
import { type Reply, ReplyLine, type Request, RequestLine } from "./ControlMessage.js"
import * as LineChannel from "./LineChannel.js"
import { openDirectory } from "./SocketName.js"
import { SupervisorError } from "./Supervisor.js"
import type { SupervisorPlace } from "./SupervisorPlace.js"

/** What a supervisor does when it is asked. */
export interface Handlers {
  /** `prepared` runs once others can attach; the container starts when it has succeeded. Gives what waits for its exit code. */
  readonly start: (
    id: string,
    size: Size | undefined,
    prepared: Effect.Effect<void, SupervisorError>
  ) => Effect.Effect<Effect.Effect<number>, SupervisorError>
  readonly flush: (id: string) => Effect.Effect<void>
  /** What waits for the exit code of the life under way; undefined where none is kept. */
  readonly wait: (id: string) => Effect.Effect<Effect.Effect<number> | undefined>
  readonly adopt: Effect.Effect<void>
  /** Which build does errands: for no other one. */
  readonly program: string
  /** What does a command for somebody else and gives its exit code; undefined where they must do it themselves. */
  readonly errand: (
    path: string,
    argv: ReadonlyArray<string>
  ) => Effect.Effect<((sinks: Sinks) => Effect.Effect<number>) | undefined>
}

/** Being the one supervisor of a store. */
export interface Office {
  /** Answers requests until interrupted. */
  readonly serve: (handlers: Handlers) => Effect.Effect<never>
  /** Requests that are being answered. */
  readonly busy: Effect.Effect<number>
}

const encodeReply = Schema.encodeSync(ReplyLine)
const decodeRequest = Schema.decodeUnknown(RequestLine)

/**
 * Takes the office of supervisor at a place, until the scope closes: its lock, then its socket. Undefined when another
 * process has it.
 */
export const open = (
  place: SupervisorPlace
): Effect.Effect<Office | undefined, SupervisorError, Scope.Scope> =>
  Effect.gen(function* () {
    const isOurs = yield* lock(place.lock)
    if (!isOurs) return undefined
    const connections = yield* Queue.unbounded<net.Socket>()
    yield* listen(place.socket, connections)
    let busy = 0
    const counted = <A, E, R>(work: Effect.Effect<A, E, R>) =>
      Effect.acquireUseRelease(
        Effect.sync(() => busy++),
        () => work,
        () => Effect.sync(() => busy--)
      )
    return {
      busy: Effect.map(Queue.size(connections), (waiting) => Math.max(0, waiting) + busy),
      serve: (handlers) =>
        Queue.take(connections).pipe(
          Effect.flatMap((connection) =>
            Effect.forkDaemon(counted(Effect.scoped(answer(connection, handlers))))
          ),
          Effect.forever
        )
    }
  })

const failure = (message: string) => new SupervisorError({ message, exitCode: 125 })

const lock = (path: string): Effect.Effect<boolean, SupervisorError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.try({
        try: () => {
          const fd = fs.openSync(path, "a", 0o600)
          return { fd, isOurs: Flock.tryLock(fd) }
        },
        catch: (cause) => failure(`cannot lock ${path}: ${String(cause)}`)
      }),
      ({ fd }) => Effect.sync(() => fs.closeSync(fd))
    ),
    ({ isOurs }) => isOurs
  )

/** The old socket is of a supervisor that died: we hold the lock. */
const listen = (path: string, connections: Queue.Queue<net.Socket>) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: net.Server; readonly close: () => void }, SupervisorError>((resume) => {
      fs.rmSync(path, { force: true })
      const { name, close } = openDirectory(path)
      const server = net.createServer((connection) => {
        connection.on("error", () => {})
        Queue.unsafeOffer(connections, connection)
      })
      server.on("error", (cause) =>
        resume(Effect.fail(failure(`cannot listen at ${path}: ${cause.message}`)))
      )
      server.listen(name, () => resume(Effect.succeed({ server, close })))
    }),
    ({ server, close }) =>
      Effect.async<void>((resume) => {
        fs.rmSync(path, { force: true })
        server.close(() => {
          close()
          resume(Effect.void)
        })
      })
  )

/** Does a command for who asks, until it has ended or they are gone. */
const doErrand = (
  connection: net.Socket,
  channel: LineChannel.LineChannel,
  handlers: Handlers,
  { program, path, argv }: Extract<Request, { readonly _tag: "Errand" }>
) =>
  Effect.gen(function* () {
    const work = program === handlers.program ? yield* handlers.errand(path, argv) : undefined
    if (work === undefined) return yield* channel.send(encodeReply({ _tag: "Declined" }))
    yield* channel.send(encodeReply({ _tag: "Taken" }))
    const sinks = {
      out: framed(connection, AttachFrame.Kind.stdout),
      err: framed(connection, AttachFrame.Kind.stderr)
    }
    const code = yield* Effect.raceFirst(work(sinks), Effect.as(channel.receive, undefined))
    if (code === undefined) return
    yield* Effect.sync(() => connection.write(AttachFrame.encode(AttachFrame.Kind.exit, Uint8Array.of(code))))
  })

const answer = (connection: net.Socket, handlers: Handlers): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const channel = yield* LineChannel.over(connection)
    const reply = (what: Reply) => channel.send(encodeReply(what))
    const line = yield* channel.receive
    if (line === undefined) return
    const prepared = Effect.gen(function* () {
      yield* reply({ _tag: "Prepared" })
      const go = yield* channel.receive
      if (go === undefined) return yield* failure("the command that asked for the container is gone")
    })
    const work = Effect.flatMap(
      Effect.mapError(decodeRequest(line), () => failure("the supervisor does not know this request")),
      (request: Request): Effect.Effect<Effect.Effect<number> | "answered" | undefined, SupervisorError> => {
        switch (request._tag) {
          case "Start":
            return Effect.map(
              handlers.start(request.id, request.size, request.hold ? prepared : Effect.void),
              (ended) => (request.hold ? ended : undefined)
            )
          case "Flush":
            return Effect.as(handlers.flush(request.id), undefined)
          case "Wait":
            return handlers.wait(request.id)
          case "Adopt":
            return Effect.as(handlers.adopt, undefined)
          case "Errand":
            return Effect.as(doErrand(connection, channel, handlers, request), "answered")
          case "Go":
            return Effect.succeed(undefined)
        }
      }
    )
    yield* Effect.matchEffect(work, {
      onSuccess: (ended) =>
        Effect.gen(function* () {
          if (ended === "answered") return
          yield* reply({ _tag: "Done" })
          if (ended === undefined) return
          const gone = channel.receive
          const code = yield* Effect.raceFirst(ended, Effect.as(gone, undefined))
          if (code !== undefined) yield* reply({ _tag: "Ended", exitCode: code })
        }),
      onFailure: ({ message, exitCode }) => reply({ _tag: "Failed", message, exitCode })
    })
  })
