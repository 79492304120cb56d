import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { version } from "../../version.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"

const rows: ReadonlyArray<readonly [string, string]> = [
  ["Version", version],
  ["Node version", process.version],
  ["OS/Arch", `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`]
]

export default command({
  needs: "nothing",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: {},
  run: () =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const lines = rows.map(([name, value]) => ` ${`${name}:`.padEnd(18)} ${value}\n`)
      yield* terminal.out(`Kasane:\n${lines.join("")}`)
      return 0
    })
})
