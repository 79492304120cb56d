import * as Either from "effect/Either"
import * as Flag from "../Flag.js"
import type { Line } from "../Grammar.js"
import { type Flags, type Values, values } from "../Values.js"

/** What stands before the sub-command; runc's and crun's names. */
export const globals = {
  root: Flag.text("root", { help: "Directory of the containers' states" }),
  log: Flag.text("log", { help: "File that errors are appended to" }),
  logFormat: Flag.value(
    "log-format",
    { help: 'Form of the log file ("text", "json")', shown: '"text"' },
    (text) => (text === "text" || text === "json" ? Either.right(text) : Either.left("must be text or json"))
  ),
  logLevel: Flag.text("log-level", { help: "Accepted; errors and warnings are always told", hidden: true }),
  debug: Flag.toggle("debug", { help: "Accepted; errors and warnings are always told", hidden: true }),
  systemdCgroup: Flag.toggle("systemd-cgroup", { help: "Not supported: control groups are made directly" }),
  cgroupManager: Flag.text("cgroup-manager", { help: 'Only "cgroupfs"', shown: '"cgroupfs"' }),
  version: Flag.toggle("version", { short: "v", help: "Print version information and quit" })
}

export type Globals = Values<typeof globals>

const bundle = Flag.text("bundle", { short: "b", help: "Directory of config.json", shown: '"."' })
const pidFile = Flag.text("pid-file", { help: "File to write the pid of process 1 to" })
const consoleSocket = Flag.text("console-socket", {
  help: "Unix socket that takes the other end of the terminal"
})
const preserveFds = Flag.integer("preserve-fds", {
  help: "Pass this many descriptors, from 3 on, to the process",
  shown: "0"
})
const noPivot = Flag.toggle("no-pivot", { help: "Not supported: the root is always pivoted" })
const noNewKeyring = Flag.toggle("no-new-keyring", { help: "Keep the caller's session keyring" })

export const create = { bundle, pidFile, consoleSocket, preserveFds, noPivot, noNewKeyring }
export const run = {
  ...create,
  detach: Flag.toggle("detach", { short: "d", help: "Do not wait for the container's end" }),
  keep: Flag.toggle("keep", { help: "Do not delete the container after its end" })
}
export const kill = { all: Flag.toggle("all", { short: "a", help: "Signal every process of the container" }) }
export const remove = { force: Flag.toggle("force", { short: "f", help: "Kill a container that runs" }) }
export const list = {
  quiet: Flag.toggle("quiet", { short: "q", help: "Print ids only" }),
  format: Flag.value("format", { short: "f", help: '"table" or "json"', shown: '"table"' }, (text) =>
    text === "table" || text === "json" ? Either.right(text) : Either.left("must be table or json")
  )
}
export const ps = { format: list.format }
export const update = {
  resources: Flag.text("resources", { short: "r", help: "File of the new limits (JSON); - is stdin" })
}
export const exec = {
  process: Flag.text("process", { short: "p", help: "File that describes the process (JSON)" }),
  pidFile,
  consoleSocket,
  preserveFds,
  detach: run.detach,
  tty: Flag.toggle("tty", { short: "t", help: "Give it a terminal" }),
  cwd: Flag.text("cwd", { help: "Working directory" }),
  env: Flag.texts("env", { short: "e", help: "Set a variable: NAME=value" }),
  user: Flag.value("user", { short: "u", help: "UID or UID:GID" }, (text) => {
    const ids = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(text)
    return ids === null
      ? Either.left("must be UID or UID:GID")
      : Either.right({ uid: Number(ids[1]), gid: Number(ids[2] ?? "0") })
  }),
  additionalGids: Flag.values(
    "additional-gids",
    { short: "g", help: "A further group, by number" },
    (text) => (/^\d{1,10}$/.test(text) ? Either.right(Number(text)) : Either.left("must be a number"))
  ),
  noNewPrivs: Flag.toggle("no-new-privs", { help: "Set no_new_privs" })
}

/** The values of a line that the grammar accepted: each occurrence has been read already, so this does not fail. */
export const decode = <F extends Flags>(flags: F, line: Line): Values<F> => {
  const given: Record<string, unknown> = {}
  for (const [key, flag] of Object.entries(flags)) {
    const texts = line.given.flatMap(([one, text]) => (one === flag ? [text] : []))
    if (texts.length > 0) given[key] = Either.getOrThrow(flag.decode(texts))
  }
  return values(flags, given)
}
