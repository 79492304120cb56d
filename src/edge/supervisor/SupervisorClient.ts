import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import type * as net from "node:net"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { type Reply, ReplyLine, type Request, RequestLine } from "./ControlMessage.js"
import * as LineChannel from "./LineChannel.js"
import * as SocketPath from "./SocketPath.js"
import { Supervisor, SupervisorError } from "./Supervisor.js"
import * as SupervisorPlace from "./SupervisorPlace.js"

/** Nobody listens: there is no supervisor, or it is about to end. */
class NobodyThere extends Data.TaggedError("NobodyThere")<{ readonly cause: unknown }> {}

/** How to run the supervisor of a store. */
export interface Launch {
  readonly root: string
  /** The words of the command that becomes the supervisor. */
  readonly command: readonly [string, ...ReadonlyArray<string>]
}

const encodeRequest = Schema.encodeSync(RequestLine)
const decodeReply = Schema.decodeUnknown(ReplyLine)

const connect = (socket: string): Effect.Effect<net.Socket, NobodyThere> =>
  Effect.mapError(SocketPath.connect(socket), (cause) => new NobodyThere({ cause }))

const failure = (message: string) => new SupervisorError({ message, exitCode: 125 })

/**
 * Starts a supervisor and waits until it listens, or has found that another one does. It belongs to no terminal and no
 * command: a session of its own, in the root directory, with none of our streams.
 */
const launch = ({ root, command }: Launch): Effect.Effect<void, SupervisorError> =>
  Effect.async((resume) => {
    const place = SupervisorPlace.of(root)
    try {
      fs.mkdirSync(place.directory, { recursive: true, mode: 0o700 })
      fs.chmodSync(place.directory, 0o700)
      const log = fs.openSync(place.log, "a", 0o600)
      const [executable, ...args] = command
      const child = childProcess.spawn(executable, args, {
        cwd: "/",
        detached: true,
        stdio: ["ignore", "pipe", log]
      })
      fs.closeSync(log)
      const done = () => {
        child.stdout?.destroy()
        child.unref()
        resume(Effect.void)
      }
      child.once("error", (cause) =>
        resume(Effect.fail(failure(`cannot start the supervisor: ${cause.message}`)))
      )
      child.stdout?.once("data", done)
      // It says nothing and ends well where another one has the office already.
      child.once("exit", (code) =>
        code === 0 ? done() : resume(Effect.fail(failure(`the supervisor did not start; see ${place.log}`)))
      )
    } catch (cause) {
      resume(
        Effect.fail(
          failure(`cannot start the supervisor: ${cause instanceof Error ? cause.message : String(cause)}`)
        )
      )
    }
  })

const receive = (channel: LineChannel.LineChannel): Effect.Effect<Reply, SupervisorError | NobodyThere> =>
  Effect.gen(function* () {
    const line = yield* channel.receive
    if (line === undefined) return yield* new NobodyThere({ cause: "it ended before it answered" })
    const reply: Reply = yield* Effect.mapError(decodeReply(line), () =>
      failure("the supervisor is of another version: stop its containers first")
    )
    if (reply._tag === "Failed")
      return yield* new SupervisorError({ message: reply.message, exitCode: reply.exitCode })
    return reply
  })

/** One question; `prepared` runs when the supervisor says so. Gives what waits for the exit code. */
const ask = <E, R>(
  connection: net.Socket,
  request: Request,
  prepared: Effect.Effect<void, E, R>
): Effect.Effect<
  Effect.Effect<number, SupervisorError>,
  E | SupervisorError | NobodyThere,
  R | Scope.Scope
> =>
  Effect.gen(function* () {
    const channel = yield* LineChannel.over(connection)
    yield* channel.send(encodeRequest(request))
    for (;;) {
      const reply = yield* receive(channel)
      if (reply._tag === "Done") break
      if (reply._tag !== "Prepared") continue
      yield* prepared
      yield* channel.send(encodeRequest({ _tag: "Go" }))
    }
    return Effect.matchEffect(receive(channel), {
      onFailure: () => Effect.fail(failure("the supervisor is gone, the container goes on")),
      onSuccess: (reply) =>
        reply._tag === "Ended"
          ? Effect.succeed(reply.exitCode)
          : Effect.fail(failure("the supervisor does not keep the container"))
    })
  })

/** A supervisor that was about to end makes room for the next within this many attempts. */
const attempts = Schedule.intersect(Schedule.recurs(14), Schedule.exponential("5 millis", 1.5))

/** The supervisor of the store at `root`, through its socket. */
export const service = (how: Launch): Supervisor["Type"] => {
  const place = SupervisorPlace.of(how.root)
  const reach = connect(place.socket).pipe(
    Effect.catchTag("NobodyThere", () => Effect.andThen(launch(how), connect(place.socket)))
  )
  const request = <E, R>(what: Request, prepared: Effect.Effect<void, E, R>) =>
    Effect.flatMap(reach, (connection) => ask(connection, what, prepared)).pipe(
      Effect.retry({ schedule: attempts, while: (error) => error instanceof NobodyThere }),
      Effect.mapError((error) =>
        error instanceof NobodyThere ? failure(`the supervisor does not answer; see ${place.log}`) : error
      )
    )
  return Supervisor.of({
    start: ({ id, size }) =>
      Effect.scoped(
        request({ _tag: "Start", id, hold: false, ...(size === undefined ? {} : { size }) }, Effect.void)
      ),
    startAttached: ({ id, size }, attach) =>
      request({ _tag: "Start", id, hold: true, ...(size === undefined ? {} : { size }) }, attach),
    flush: (id) =>
      Effect.scoped(
        Effect.flatMap(connect(place.socket), (connection) =>
          ask(connection, { _tag: "Flush", id }, Effect.void)
        )
      ).pipe(Effect.ignore),
    wait: (id) =>
      Effect.scoped(
        Effect.flatMap(connect(place.socket), (connection) =>
          Effect.flatten(ask(connection, { _tag: "Wait", id }, Effect.void))
        )
      ).pipe(Effect.orElseSucceed(() => undefined)),
    adopt: Effect.scoped(request({ _tag: "Adopt" }, Effect.void))
  })
}
