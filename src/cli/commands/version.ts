import * as os from "node:os"
import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { version } from "../../version.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import { filled } from "../Filled.js"
import * as FormatFlag from "../FormatFlag.js"

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" }

const facts = () => ({
  Version: version,
  NodeVersion: process.version,
  KernelVersion: os.release(),
  Os: process.platform,
  Arch: architectures[process.arch] ?? process.arch
})

const text = ({ Version, NodeVersion, KernelVersion, Os, Arch }: ReturnType<typeof facts>) =>
  [
    "Kasane:",
    ` Version:           ${Version}`,
    ` Node version:      ${NodeVersion}`,
    ` Kernel version:    ${KernelVersion}`,
    ` OS/Arch:           ${Os}/${Arch}`,
    ""
  ].join("\n")

export default command({
  needs: "nothing",
  usage: "[OPTIONS]",
  arity: Arity.none,
  flags: { format: FormatFlag.ofThing },
  run: ({ format }) =>
    Effect.gen(function* () {
      const terminal = yield* Terminal
      const all = facts()
      // Docker's two halves are one here: templates written for either find their fields.
      const data = { ...all, Client: all, Server: all }
      const told =
        format === undefined
          ? text(all)
          : yield* filled(format, data, { name: "version", type: "system.versionInfo" })
      yield* terminal.out(told)
      return 0
    })
})
