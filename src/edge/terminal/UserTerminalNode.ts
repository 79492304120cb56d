import * as fs from "node:fs"
import { Writable } from "node:stream"
import * as tty from "node:tty"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TerminalDevice from "../linux/TerminalDevice.js"
import * as Signals from "./Signals.js"
import { UserTerminal, UserTerminalError } from "./UserTerminal.js"

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined

/** How long to leave a full non-blocking pipe alone before trying again. */
const retryMs = 1

/** Writes straight to a descriptor: no stream of Node's is set up for it, and its mode is left alone. */
const descriptorSink = (fd: number, closed: () => void): Writable => {
  const write = (bytes: Buffer, done: (error?: Error | null) => void): void => {
    let rest = bytes
    try {
      while (rest.length > 0) rest = rest.subarray(fs.writeSync(fd, rest))
      done()
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return void setTimeout(() => write(rest, done), retryMs)
      // The container goes on without this reader; what happens next is for those who wait for `closed`.
      closed()
      done()
    }
  }
  return new Writable({ write: (chunk: Buffer, _encoding, done) => write(chunk, done) })
}

const sizeNow = (): TerminalDevice.Size | undefined =>
  [0, 1, 2].filter((fd) => tty.isatty(fd)).map((fd) => TerminalDevice.size(fd))[0]

/** The signals that end a process in whose way nobody stands. */
const fatal: ReadonlyArray<NodeJS.Signals> = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"]

/** Does what a signal would have done, with the terminal put back first; nothing where somebody else listens for it. */
const endBy = (signal: NodeJS.Signals, restore: () => void): void => {
  if (process.listenerCount(signal) > 1) return
  restore()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** This process's own. */
export const service = (): UserTerminal["Type"] => {
  let isClosed = false
  const waiting: Array<() => void> = []
  const closed = () => {
    isClosed = true
    for (const resume of waiting.splice(0)) resume()
  }
  const sinks = new Map<number, Writable>()
  const sink = (fd: number) =>
    Effect.sync(() => {
      const made = sinks.get(fd) ?? descriptorSink(fd, closed)
      sinks.set(fd, made)
      return made
    })
  return UserTerminal.of({
    stdin: Effect.sync(() => process.stdin),
    stdout: sink(1),
    stderr: sink(2),
    // Asked of by few: looking loads Node's tty.
    get inIsTerminal() {
      return tty.isatty(0)
    },
    get outIsTerminal() {
      return tty.isatty(1)
    },
    outputClosed: Effect.async((resume) => {
      if (isClosed) resume(Effect.void)
      else waiting.push(() => resume(Effect.void))
    }),
    raw: Effect.asVoid(
      Effect.acquireRelease(
        Effect.try({
          try: () => {
            const restore = TerminalDevice.makeRaw(0)
            process.on("exit", restore)
            const listeners = fatal.map((signal) => [signal, () => endBy(signal, restore)] as const)
            for (const [signal, listener] of listeners) process.on(signal, listener)
            return () => {
              process.off("exit", restore)
              for (const [signal, listener] of listeners) process.off(signal, listener)
              restore()
            }
          },
          catch: (cause) => new UserTerminalError({ message: "cannot set up the terminal", cause })
        }),
        (putBack) => Effect.sync(putBack)
      )
    ),
    size: Effect.sync(sizeNow),
    onResize: (callback) =>
      Signals.listening("SIGWINCH", () => {
        const size = sizeNow()
        if (size !== undefined) callback(size)
      }),
    onSignal: Signals.onEach
  })
}

export const layer: Layer.Layer<UserTerminal> = Layer.sync(UserTerminal, service)
