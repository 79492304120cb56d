import { tmpdir } from "node:os"
import * as MappedRoot from "../../../src/edge/linux/MappedRoot.js"

// Run by MappedRoot.test.ts as an ordinary user: `run COMMAND…` or `remove PATH…`.
const [what = "", ...rest] = process.argv.slice(2)
const [path = "/bin/true", ...args] = rest
try {
  if (what === "remove") await MappedRoot.remove(rest, tmpdir())
  else if (what === "again" && MappedRoot.isNeeded())
    await MappedRoot.reexecute(tmpdir(), { SECOND: "yes" }, (message) => process.stderr.write(`${message}\n`))
  else if (what === "again")
    process.stdout.write(`${process.geteuid?.()} ${process.env["SECOND"]} ${rest.join(" ")}\n`)
  else {
    const end = await MappedRoot.run({
      command: [path, ...args],
      env: process.env,
      directory: tmpdir(),
      warn: (message) => process.stderr.write(`${message}\n`)
    })
    process.exitCode = end.code ?? 1
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 99
}
