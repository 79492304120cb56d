import { Readable, type Writable } from "node:stream"
import * as Effect from "effect/Effect"
import { Terminal } from "./Terminal.js"
import { UserTerminal } from "./UserTerminal.js"

/** Where the output of somebody else's command goes to. */
export interface Sinks {
  readonly out: Writable
  readonly err: Writable
}

const writer = (sink: Writable) => (content: string | Uint8Array) =>
  Effect.async<void>((resume) => {
    sink.write(content, () => resume(Effect.void))
  })

/** Standard streams that are somebody else's: no terminal, nothing to read. */
export const terminal = ({ out, err }: Sinks): Terminal["Type"] =>
  Terminal.of({
    out: writer(out),
    err: writer(err),
    outIsTerminal: false,
    errIsTerminal: false,
    inIsTerminal: false,
    columns: Effect.succeed(80),
    rows: Effect.succeed(24)
  })

/** The same for a command that connects them to a container. */
export const userTerminal = ({ out, err }: Sinks): UserTerminal["Type"] =>
  UserTerminal.of({
    stdin: Effect.sync(() => Readable.from([])),
    stdout: Effect.succeed(out),
    stderr: Effect.succeed(err),
    inIsTerminal: false,
    outIsTerminal: false,
    outputClosed: Effect.never,
    raw: Effect.void,
    size: Effect.succeed(undefined),
    onResize: () => Effect.void,
    onSignal: () => Effect.void
  })
