import * as Effect from "effect/Effect"
import { attach } from "../../engine/Attach.js"
import { find } from "../../engine/Find.js"
import * as Arity from "../Arity.js"
import * as AttachFlags from "../AttachFlags.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"

export default command({
  needs: "containers",
  usage: "[OPTIONS] CONTAINER",
  arity: Arity.exactly(1),
  signals: "own",
  flags: {
    detachKeys: AttachFlags.detachKeys,
    noStdin: Flag.toggle("no-stdin", { help: "Do not attach STDIN" }),
    sigProxy: AttachFlags.sigProxy
  },
  run: ({ detachKeys, noStdin, sigProxy }, [name = ""]) =>
    Effect.gen(function* () {
      const container = yield* find(name)
      const code = yield* attach(container, {
        stdin: !noStdin,
        stdout: true,
        stderr: true,
        signals: sigProxy,
        detachKeys: yield* AttachFlags.keys(detachKeys)
      })
      return yield* AttachFlags.parting(code)
    })
})
