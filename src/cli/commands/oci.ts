import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { version } from "../../version.js"
import * as Arity from "../Arity.js"
import type { CommandOf } from "../Command.js"
import * as Grammar from "../Grammar.js"
import { loaders } from "../oci/OciCommands.js"
import * as OciFlags from "../oci/OciFlags.js"
import * as OciLog from "../oci/OciLog.js"

/** Where states are when `--root` does not say: gone after a reboot, and the same for every call of one user. */
const defaultRoot = (): string | undefined => {
  const isHostRoot =
    process.geteuid?.() === 0 &&
    /^\s*0\s+0\s+4294967295\s*$/.test(fs.readFileSync("/proc/self/uid_map", "utf8"))
  if (isHostRoot) return "/run/kasane-oci"
  const { XDG_RUNTIME_DIR: runtime } = process.env
  return runtime === undefined || runtime === "" ? undefined : `${runtime}/kasane-oci`
}

const help = Effect.gen(function* () {
  const rows = yield* Effect.forEach(Object.entries(loaders), ([name, load]) =>
    Effect.map(Effect.promise(load), ({ default: { usage, summary } }) => ({
      form: `${name} ${usage}`.trim(),
      summary
    }))
  )
  const width = Math.max(...rows.map(({ form }) => form.length)) + 3
  const lines = rows.map(({ form, summary }) => `  ${form.padEnd(width)}${summary}\n`)
  return `Usage:  kasane oci [OPTIONS] COMMAND\n\nRun containers of OCI bundles: an OCI runtime for other engines\n\nCommands:\n${lines.join("")}`
})

/** The work of a line, or what is wrong with it. */
const execute = (globals: OciFlags.Globals, words: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const terminal = yield* Terminal
    const fail = (message: string) => Effect.as(OciLog.tell(globals, message), 1)
    if (globals.version) {
      yield* terminal.out(`kasane version ${version}\nspec: 1.2.1\n`)
      return 0
    }
    if (globals.systemdCgroup || (globals.cgroupManager ?? "cgroupfs") !== "cgroupfs")
      return yield* fail(
        "control groups by systemd are not supported: use cgroupfs (podman: --cgroup-manager cgroupfs; dockerd: --exec-opt native.cgroupdriver=cgroupfs)"
      )
    const [name, ...rest] = words
    if (name === undefined || name === "help") {
      yield* terminal.out(yield* help)
      return 0
    }
    const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined
    if (load === undefined) return yield* fail(`unknown command ${JSON.stringify(name)}`)
    const { default: found } = yield* Effect.promise(load)
    const usage = `Usage:  kasane oci ${name} ${found.usage}`.trimEnd()
    const line = Grammar.read({ flags: Object.values(found.flags), interspersed: found.interspersed }, rest)
    if (line._tag === "HelpWanted") {
      yield* terminal.out(`${usage}\n\n${found.summary}\n`)
      return 0
    }
    if (line._tag === "Misuse") return yield* fail(`${line.message}\n${usage}`)
    const complaint = Arity.complaint(found.arity, line.args.length)
    if (complaint !== undefined) return yield* fail(`${name} ${complaint}\n${usage}`)
    const root = globals.root ?? defaultRoot()
    if (root === undefined)
      return yield* fail("where the containers' states are is not known: set XDG_RUNTIME_DIR, or give --root")
    return yield* Effect.catchAll(found.run(root, line), (failure) => fail(failure.message))
  })

/**
 * An OCI runtime's command line. Its flags are read without the parser of the other commands, which costs more than all the rest: engines call
 * this several times for each container.
 */
const oci: CommandOf<"bundles"> = {
  needs: "bundles",
  usage: ["[OPTIONS] COMMAND"],
  arity: Arity.any,
  flags: Object.values(OciFlags.globals),
  interspersed: false,
  failures: "plain",
  signals: "own",
  execute: (line) => execute(OciFlags.decode(OciFlags.globals, line), line.args)
}

export default oci
