import * as Effect from "effect/Effect"
import { Supervisor } from "../../edge/supervisor/Supervisor.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { attach, startAttached } from "../../engine/Attach.js"
import { options } from "../../engine/ContainerRequest.js"
import { find } from "../../engine/Find.js"
import { isAlive } from "../../engine/RunIdentity.js"
import * as Arity from "../Arity.js"
import * as AttachFlags from "../AttachFlags.js"
import { command, type Failure } from "../Command.js"
import { each } from "../Each.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: Arity.atLeast(1),
  signals: "own",
  flags: {
    attach: Flag.toggle("attach", { short: "a", help: "Attach STDOUT/STDERR and forward signals" }),
    detachKeys: AttachFlags.detachKeys,
    interactive: Flag.toggle("interactive", { short: "i", help: "Attach container's STDIN" })
  },
  errand: (given) => given.length === 0,
  run: ({ attach: isAttached, detachKeys, interactive }, names) =>
    Effect.gen(function* () {
      if (isAttached || interactive) {
        const [name = "", ...others] = names
        if (others.length > 0)
          return yield* Effect.fail<Failure>({
            message: "you cannot start and attach multiple containers at once"
          })
        const container = yield* find(name)
        const made = yield* options(container.record)
        const how = {
          stdin: interactive && made.interactive,
          stdout: true,
          stderr: true,
          signals: !made.tty,
          detachKeys: yield* AttachFlags.keys(detachKeys)
        }
        const code = yield* isAlive(container) ? attach(container, how) : startAttached(container, how)
        return code ?? 0
      }
      const supervisor = yield* Supervisor
      const terminal = yield* Terminal
      const exitCode = yield* each(names, (name) =>
        Effect.gen(function* () {
          const container = yield* find(name)
          if (!isAlive(container)) yield* supervisor.start({ id: container.record.id, size: undefined })
          yield* terminal.out(`${name}\n`)
        })
      )
      if (exitCode !== 0) yield* terminal.err(`Error: failed to start containers: ${names.join(", ")}\n`)
      return exitCode
    })
})
