import * as Effect from "effect/Effect"
import { exec } from "../../engine/oci/Exec.js"
import * as Arity from "../Arity.js"
import { absolute, writePid } from "./NewContainer.js"
import * as OciFlags from "./OciFlags.js"
import { refuse, subcommand } from "./Subcommand.js"

export default subcommand({
  usage: "[OPTIONS] CONTAINER-ID [COMMAND] [ARG...]",
  summary: "Execute a process in a container",
  arity: Arity.atLeast(1),
  flags: OciFlags.exec,
  interspersed: false,
  run: (root, id, flags, args) =>
    Effect.gen(function* () {
      if ((flags.preserveFds ?? 0) > 0)
        return yield* refuse("--preserve-fds is not supported: only the three streams are passed")
      const made = yield* exec({
        root,
        id,
        processFile: absolute(flags.process),
        changes: {
          args,
          env: flags.env,
          cwd: flags.cwd,
          user: flags.user,
          additionalGids: flags.additionalGids,
          noNewPrivileges: flags.noNewPrivs
        },
        terminal: flags.tty,
        consoleSocket: absolute(flags.consoleSocket),
        waiter: flags.detach ? "adopter" : "monitor"
      })
      yield* writePid(flags.pidFile)(made.pid)
      return flags.detach ? 0 : yield* made.ended
    })
})
