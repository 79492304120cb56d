import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as AttachedStreams from "../core/container/AttachedStreams.js"
import { type DetachKeysError, parse, standard } from "../edge/supervisor/DetachKeys.js"
import { Terminal } from "../edge/terminal/Terminal.js"
import { UserTerminal } from "../edge/terminal/UserTerminal.js"
import type { Failure } from "./Command.js"
import * as Flag from "./Flag.js"

export const attach = Flag.values(
  "attach",
  { short: "a", help: "Attach to STDIN, STDOUT or STDERR" },
  (text) => Either.mapLeft(AttachedStreams.parse(text), ({ message }) => message)
)

export const detachKeys = Flag.text("detach-keys", {
  help: "Override the key sequence for detaching a container"
})

export const sigProxy = Flag.toggle("sig-proxy", {
  help: "Proxy received signals to the process",
  shown: "true",
  absent: true
})

/** The bytes of --detach-keys. */
export const keys = (text: string | undefined): Effect.Effect<ReadonlyArray<number>, DetachKeysError> =>
  text === undefined || text === "" ? Effect.succeed(standard) : parse(text)

/** A container with a terminal is typed to from one. */
export const requireTerminal = (isWanted: boolean): Effect.Effect<void, Failure, UserTerminal> =>
  Effect.flatMap(UserTerminal, ({ inIsTerminal }) =>
    isWanted && !inIsTerminal
      ? Effect.fail<Failure>({ message: "the input device is not a TTY", exitCode: 1 })
      : Effect.void
  )

/** What an attached command ends with: the exit code, or, for who detached, that and Docker's words for it. */
export const parting = (code: number | undefined): Effect.Effect<number, never, Terminal> =>
  code === undefined
    ? Effect.flatMap(Terminal, ({ err }) => Effect.as(err("read escape sequence\n"), 1))
    : Effect.succeed(code)
