import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Program from "../../core/program/Program.js"
import type { ProcessIdentity } from "../../core/store/ContainerState.js"
import * as DescriptorSocket from "../linux/DescriptorSocket.js"
import * as ProcessDescriptor from "../linux/ProcessDescriptor.js"
import * as TerminalDevice from "../linux/TerminalDevice.js"
import * as ProcessTable from "../runtime/ProcessTable.js"
import { type ContainerIo, ContainerIoError, closer, failed, type OurEnds } from "./ContainerIo.js"
import { TerminalMaster } from "./TerminalMaster.js"

/** A terminal: the started process makes it inside the container and sends its master over a socket. */
export const make: Effect.Effect<ContainerIo, ContainerIoError, Scope.Scope> = Effect.gen(function* () {
  const sockets = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        const held = closer()
        const [ours, theirs] = DescriptorSocket.pair()
        return { held, ours: held.hold(ours), theirs: held.hold(theirs) }
      },
      catch: failed("terminal")
    }),
    ({ held }) => Effect.sync(held.close)
  )
  const scope = yield* Effect.scope
  const master = Effect.try({
    try: () => {
      const fd = DescriptorSocket.receive(sockets.ours)
      sockets.held.close()
      return fd
    },
    catch: failed("terminal")
  })
  return {
    stdio: ["ignore", "ignore", "ignore"],
    descriptors: [sockets.theirs],
    held: [sockets.ours],
    started: Effect.provideService(Effect.flatMap(master, terminalEnds), Scope.Scope, scope)
  }
})

/** Where a monitor has what it holds for a terminal: behind the socket that the terminal was sent over. */
const heldByMonitor = Program.firstPassedFd + 1

/** Our ends of a terminal by its master, which they own from now on. */
const terminalEnds = (master: number | undefined): Effect.Effect<OurEnds, ContainerIoError, Scope.Scope> =>
  master === undefined
    ? Effect.fail(
        new ContainerIoError({ message: "the container's terminal was not sent", cause: undefined })
      )
    : Effect.map(
        Effect.acquireRelease(
          Effect.try({
            try: () => {
              const stream = new TerminalMaster(master)
              stream.on("error", () => {})
              return stream
            },
            catch: failed("terminal")
          }),
          (stream) => Effect.sync(() => stream.destroy())
        ),
        (stream) => ({
          stdin: stream,
          stdout: stream,
          stderr: undefined,
          resize: (size: TerminalDevice.Size) => {
            if (!stream.destroyed) TerminalDevice.resize(master, size)
          }
        })
      )

/** Our ends of a terminal whose relay is gone: the container's monitor has it. */
export const adopt = (monitor: ProcessIdentity): Effect.Effect<OurEnds, ContainerIoError, Scope.Scope> =>
  Effect.flatMap(
    Effect.try({
      try: () => {
        const { bootId, pid, startTicks: startTime } = monitor
        const socket = ProcessDescriptor.copyOf(pid, heldByMonitor, () =>
          ProcessTable.lives({ bootId, pid, startTime })
        )
        if (socket === undefined) return undefined
        try {
          return DescriptorSocket.receive(socket)
        } finally {
          fs.closeSync(socket)
        }
      },
      catch: failed("terminal")
    }),
    terminalEnds
  )
