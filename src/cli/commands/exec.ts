import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Environment from "../../core/container/Environment.js"
import { detached, foreground } from "../../engine/Exec.js"
import { find } from "../../engine/Find.js"
import * as Arity from "../Arity.js"
import * as AttachFlags from "../AttachFlags.js"
import { command, type Failure } from "../Command.js"
import * as Flag from "../Flag.js"

/** The variables of --env-file, then those of -e. */
const environment = (entries: ReadonlyArray<string>, files: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const found: Array<string> = []
    for (const path of files) {
      const text = yield* Effect.try({
        try: () => fs.readFileSync(path, "utf8"),
        catch: (): Failure => ({ message: `open ${path}: no such file or directory` })
      })
      found.push(...(yield* Environment.parseFile(path, text, process.env)))
    }
    return [...found, ...entries]
  })

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
  arity: Arity.atLeast(2),
  interspersed: false,
  signals: "own",
  flags: {
    detach: Flag.toggle("detach", { short: "d", help: "Detached mode: run command in the background" }),
    detachKeys: AttachFlags.detachKeys,
    env: Flag.values("env", { short: "e", help: "Set environment variables" }, (text) =>
      Either.mapLeft(Environment.parseEntry(text, process.env), ({ message }) => message)
    ),
    envFile: Flag.texts("env-file", { help: "Read in a file of environment variables" }),
    interactive: Flag.toggle("interactive", { short: "i", help: "Keep STDIN open even if not attached" }),
    privileged: Flag.toggle("privileged", { help: "Give extended privileges to the command" }),
    tty: Flag.toggle("tty", { short: "t", help: "Allocate a pseudo-TTY" }),
    user: Flag.text("user", { short: "u", help: 'Username or UID (format: "<name|uid>[:<group|gid>]")' }),
    workdir: Flag.text("workdir", { short: "w", help: "Working directory inside the container" })
  },
  // A variable without a value, and a file, are the caller's; so are a terminal and what is typed.
  errand: (given) =>
    given.every(([name, text]) =>
      name === "env" ? text.includes("=") : !["env-file", "interactive", "tty"].includes(name)
    ),
  run: (flags, [name = "", ...words]) =>
    Effect.gen(function* () {
      const container = yield* find(name)
      const request = {
        command: words,
        env: yield* environment(flags.env, flags.envFile),
        user: flags.user,
        workingDirectory: flags.workdir,
        privileged: flags.privileged,
        terminal: flags.tty,
        interactive: flags.interactive
      }
      if (flags.detach) {
        yield* detached(container, request)
        return 0
      }
      yield* AttachFlags.requireTerminal(flags.tty && flags.interactive)
      const code = yield* foreground(container, request, yield* AttachFlags.keys(flags.detachKeys))
      return yield* AttachFlags.parting(code)
    })
})
