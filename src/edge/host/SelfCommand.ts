import * as childProcess from "node:child_process"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/** Another command of ours failed; `message` is what it told, without its `Error: `. */
export class SelfCommandError extends Data.TaggedError("SelfCommandError")<{
  readonly message: string
  readonly exitCode: number
}> {}

/**
 * Our own command line, for work that must be done by a process of its own: in an ordinary user's case, one that is root of a
 * user namespace.
 */
export class SelfCommand extends Context.Tag("kasane/edge/host/SelfCommand")<
  SelfCommand,
  {
    /** Runs a command of ours to its end on the same store. `onLine` gets each line of its output as it comes. */
    readonly run: (
      args: ReadonlyArray<string>,
      onLine: (line: string) => void
    ) => Effect.Effect<void, SelfCommandError>
  }
>() {}

/** How this program is run: the words before its arguments. */
export type Words = readonly [string, ...ReadonlyArray<string>]

/** How this process was. */
export const ofProcess = (): Words => [process.execPath, "--", process.argv[1] ?? ""]

const lines = (onLine: (line: string) => void) => {
  let rest = ""
  return {
    push: (text: string) => {
      const parts = (rest + text).split("\n")
      rest = parts.pop() ?? ""
      parts.forEach(onLine)
    },
    end: () => {
      if (rest !== "") onLine(rest)
    }
  }
}

/** By spawning this program again. */
export const service = ([executable, ...before]: Words, root: string): SelfCommand["Type"] =>
  SelfCommand.of({
    run: (args, onLine) =>
      Effect.async((resume) => {
        const child = childProcess.spawn(executable, [...before, "--root", root, ...args], {
          stdio: ["ignore", "pipe", "pipe"]
        })
        const output = lines(onLine)
        let told = ""
        child.stdout.setEncoding("utf8").on("data", output.push)
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          told += text
        })
        const fail = (message: string, exitCode: number) =>
          resume(Effect.fail(new SelfCommandError({ message, exitCode })))
        child.once("error", (cause) => fail(`cannot run ${executable}: ${cause.message}`, 125))
        child.once("close", (code) => {
          output.end()
          if (code === 0) resume(Effect.void)
          else fail(told.trim().replace(/^Error: /, "") || `kasane ${args[0]} failed`, code ?? 125)
        })
        return Effect.sync(() => child.kill())
      })
  })
