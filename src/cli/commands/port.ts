import * as Effect from "effect/Effect"
import * as PortSpec from "../../core/network/PortSpec.js"
import * as PortView from "../../core/network/PortView.js"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { find } from "../../engine/Find.js"
import { lifeOf } from "../../engine/LivingNetworks.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"

export default command({
  needs: "containers",
  usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
  arity: Arity.between(1, 2),
  flags: {},
  run: (_flags, [name = "", port]) =>
    Effect.gen(function* () {
      const { record } = yield* find(name)
      const published = (yield* lifeOf(record.id))?.published ?? []
      const terminal = yield* Terminal
      const print = (lines: ReadonlyArray<string>) => terminal.out(lines.map((line) => `${line}\n`).join(""))
      if (port === undefined) return yield* Effect.as(print(PortView.lines(published)), 0)
      const wanted = PortSpec.parseKey(port)
      const places = wanted === undefined ? [] : PortView.places(published, PortSpec.key(wanted))
      if (places.length === 0)
        return yield* Effect.fail<Failure>({ message: `no public port '${port}' published for ${name}` })
      return yield* Effect.as(print(places), 0)
    })
})
