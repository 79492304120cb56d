import * as Effect from "effect/Effect"
import { type DetachKeysError, parse, standard } from "../edge/supervisor/DetachKeys.js"
import type { Failure } from "./Command.js"
import * as Flag from "./Flag.js"

export const attach = Flag.texts("attach", { short: "a", help: "Attach to STDIN, STDOUT or STDERR" })

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

/** Which streams `-a` names; none named: output, and input where it is open. */
export const streams = (
  named: ReadonlyArray<string>,
  interactive: boolean
): Effect.Effect<
  { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean },
  Failure
> => {
  const wanted = named.map((name) => name.toLowerCase())
  const unknown = wanted.find((name) => !["stdin", "stdout", "stderr"].includes(name))
  if (unknown !== undefined)
    return Effect.fail({
      message: `invalid argument ${JSON.stringify(unknown)} for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR`
    })
  if (wanted.length === 0) return Effect.succeed({ stdin: interactive, stdout: true, stderr: true })
  return Effect.succeed({
    stdin: wanted.includes("stdin"),
    stdout: wanted.includes("stdout"),
    stderr: wanted.includes("stderr")
  })
}
