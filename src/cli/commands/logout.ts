import * as Effect from "effect/Effect"
import { keyOf } from "../../core/registry/DockerConfig.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import * as Login from "../../engine/Login.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

export default command({
  needs: "login",
  usage: "[SERVER]",
  arity: Arity.atMost(1),
  flags: {},
  run: (_, [server]) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const domain = Login.domainOf(server)
      const was = yield* Login.logout(domain)
      const shown = keyOf(domain)
      yield* terminal.out(was ? `Removing login credentials for ${shown}\n` : `Not logged in to ${shown}\n`)
      return 0
    })
})
