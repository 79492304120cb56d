import * as fs from "node:fs"
import * as net from "node:net"
import type { Readable, Writable } from "node:stream"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { makeNode } from "../linux/MakeNode.js"
import type * as TerminalDevice from "../linux/TerminalDevice.js"

/** The streams of a container could not be made. */
export class ContainerIoError extends Data.TaggedError("ContainerIoError")<{
  readonly message: string
  readonly cause: unknown
}> {}

/** Where a container's FIFOs lie. */
export interface StreamPaths {
  readonly stdin: string
  readonly stdout: string
  readonly stderr: string
}

/** What a process is started with, and our ends of it. */
export interface ContainerIo {
  /** For the started process: its three standard streams, or `ignore` (/dev/null). */
  readonly stdio: readonly ["ignore" | number, "ignore" | number, "ignore" | number]
  /** For the started process: the socket over which it sends its terminal's master. */
  readonly descriptors: ReadonlyArray<number>
  /**
   * For the container's monitor: the socket's other end, where the master stays. So the terminal lives as long as the
   * container, and its next relay finds it there: see `ContainerTerminal.adopt`.
   */
  readonly held: ReadonlyArray<number>
  /**
   * Call once the process runs: lets go of its ends, so that ours see the end when it ends, and gives ours. With a
   * terminal, `stdin` and `stdout` are its master.
   */
  readonly started: Effect.Effect<OurEnds, ContainerIoError>
}

export interface OurEnds {
  readonly stdin: Writable | undefined
  readonly stdout: Readable | undefined
  readonly stderr: Readable | undefined
  /** Sets the terminal's size; does nothing without one. */
  readonly resize: (size: TerminalDevice.Size) => void
}

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = fs.constants

/** Why some streams of a container cannot be had. */
export const failed = (what: string) => (cause: unknown) =>
  new ContainerIoError({
    message: `cannot open the container's ${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause
  })

/** Closes descriptors, each once, whatever they have become. */
export const closer = () => {
  const open = new Set<number>()
  return {
    hold: (fd: number) => {
      open.add(fd)
      return fd
    },
    close: () => {
      for (const fd of open) {
        open.delete(fd)
        fs.closeSync(fd)
      }
    }
  }
}

/** A FIFO that whoever the container runs as may open again by /dev/stdout; its directory keeps others out. */
const makeFifo = (path: string): void => {
  if (fs.existsSync(path)) return
  makeNode(path, "fifo", 0o600)
  fs.chmodSync(path, 0o666)
}

const reader = (path: string): net.Socket => {
  const stream = new net.Socket({
    fd: fs.openSync(path, O_RDONLY | O_NONBLOCK),
    readable: true,
    writable: false
  })
  stream.on("error", () => {})
  return stream
}

const writer = (path: string): net.Socket => {
  const stream = new net.Socket({
    fd: fs.openSync(path, O_WRONLY | O_NONBLOCK),
    readable: false,
    writable: true
  })
  // The container closed its input: what is typed from now on is for nobody.
  stream.on("error", () => {})
  return stream
}

const noResize = () => {}

/** Of a container whose streams nobody can reach. */
export const noEnds: OurEnds = { stdin: undefined, stdout: undefined, stderr: undefined, resize: noResize }

/**
 * FIFOs for a container without a terminal. They are opened here for both sides (output for reading and writing, so that
 * a container outlives its relay), and stay on disk so that another process can go on relaying.
 */
export const pipes = (
  paths: StreamPaths,
  interactive: boolean
): Effect.Effect<ContainerIo, ContainerIoError, Scope.Scope> =>
  Effect.gen(function* () {
    const theirs = yield* Effect.acquireRelease(Effect.sync(closer), (held) => Effect.sync(held.close))
    const ours = yield* Effect.acquireRelease(
      Effect.try({
        try: () => {
          for (const path of [paths.stdout, paths.stderr, ...(interactive ? [paths.stdin] : [])])
            makeFifo(path)
          const output = (path: string) => [theirs.hold(fs.openSync(path, O_RDWR)), reader(path)] as const
          return {
            stdin: interactive ? input(paths.stdin, theirs.hold) : undefined,
            stdout: output(paths.stdout),
            stderr: output(paths.stderr)
          }
        },
        catch: failed("streams")
      }),
      ({ stdin, stdout, stderr }) =>
        Effect.sync(() => {
          for (const stream of [stdin?.[1], stdout[1], stderr[1]]) stream?.destroy()
        })
    )
    return {
      stdio: [ours.stdin?.[0] ?? "ignore", ours.stdout[0], ours.stderr[0]],
      descriptors: [],
      held: [],
      started: Effect.sync(() => {
        theirs.close()
        return { stdin: ours.stdin?.[1], stdout: ours.stdout[1], stderr: ours.stderr[1], resize: noResize }
      })
    }
  })

/** Both ends of the input: the container's only reads, so that it sees the end when the last writer is gone. */
const input = (path: string, hold: (fd: number) => number): readonly [number, net.Socket] => {
  // Opening either side alone waits for the other, unless asked not to: the first reader only makes the others possible.
  const first = fs.openSync(path, O_RDONLY | O_NONBLOCK)
  try {
    const ours = writer(path)
    return [hold(fs.openSync(path, O_RDONLY)), ours]
  } finally {
    fs.closeSync(first)
  }
}

/** Our ends of a container's FIFOs when another process started it and is gone. */
export const adopt = (
  paths: StreamPaths,
  interactive: boolean
): Effect.Effect<OurEnds, ContainerIoError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: (): OurEnds => ({
        stdin: interactive ? writer(paths.stdin) : undefined,
        stdout: reader(paths.stdout),
        stderr: reader(paths.stderr),
        resize: noResize
      }),
      catch: failed("streams")
    }),
    (ends) =>
      Effect.sync(() => {
        for (const stream of [ends.stdin, ends.stdout, ends.stderr]) stream?.destroy()
      })
  )
