import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Values } from "../Values.js"
import type * as OciFlags from "./OciFlags.js"
import { Refused, refuse } from "./Subcommand.js"

/** Complete or not at all: engines read it as soon as it is there. */
export const writePid = (file: string | undefined) => (pid: number) =>
  file === undefined
    ? Effect.void
    : Effect.try({
        try: () => {
          const fresh = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`)
          fs.writeFileSync(fresh, String(pid), { mode: 0o644 })
          fs.renameSync(fresh, file)
        },
        catch: (cause) => new Refused({ message: `cannot write the pid to ${file}: ${String(cause)}` })
      })

/** A path of the command line, wherever this process goes. */
export const absolute = (file: string | undefined) => (file === undefined ? undefined : path.resolve(file))

/** What `create` and `run` have in common, or why not. */
export const request = (root: string, id: string, flags: Values<typeof OciFlags.create>) =>
  Effect.gen(function* () {
    if (flags.noPivot) return yield* refuse("--no-pivot is not supported: the root is always pivoted")
    if ((flags.preserveFds ?? 0) > 0)
      return yield* refuse("--preserve-fds is not supported: only the three streams are passed")
    return {
      root,
      id,
      bundle: path.resolve(flags.bundle ?? "."),
      consoleSocket: absolute(flags.consoleSocket),
      newKeyring: !flags.noNewKeyring
    }
  })
