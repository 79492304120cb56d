import type { ContainerProcess } from "../container/ContainerProcess.js"
import { below } from "./Descriptor.js"
import * as Program from "./Program.js"
import { root } from "./Root.js"
import { because, here, type Maker, number } from "./Steps.js"
import * as Target from "./Target.js"

/** `(unreach`: how getcwd begins when the working directory is outside the root. Source: getcwd(2). */
const unreachable = new TextEncoder()
  .encode("(unreach")
  .reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n)

/** The working directory is made when the image does not have it, as Docker does. */
export const makeWorkingDirectory = (process: ContainerProcess): ReadonlyArray<Program.Step> =>
  below(process.cwd) === ""
    ? []
    : Target.openDirectory(
        because("command", "policy: a missing working directory is made"),
        root,
        process.cwd,
        "links in root",
        "working directory"
      ).map((step) => ({ ...step, meaning: "WorkingDirectory" }))

const wd = { meaning: "WorkingDirectory" } as const

/** It must lie inside the root: `/proc/self/fd/7` could name anything (CVE-2024-21626). Ends the program where it does not. */
const verifyDirectory = (when: string): ReadonlyArray<Program.Step> => {
  const maker = because("command", "policy: the working directory is inside the root (CVE-2024-21626)")
  const { call, subtract, fail } = maker
  const cwd = Program.buffer("working directory path", 4096)
  const inside = `directory is inside, ${when}`
  return [
    call("getcwd", [cwd, number(cwd.size_bytes)], wd),
    subtract(Program.result(cwd.name), Program.literal(unreachable), {
      onNegative: inside,
      onPositive: inside
    }),
    // ENOENT
    fail(number(-2), wd),
    Target.landing(maker, inside)
  ]
}

/**
 * Goes to the working directory as root; where root may not (a network file system), `changeDirectoryAsUser` tries again as the user. Before the filter
 * is in force, which may refuse these calls to the command.
 */
export const changeDirectory = (process: ContainerProcess): ReadonlyArray<Program.Step> => {
  const maker = because("command", "image: WORKDIR")
  const later = "directory is changed later"
  return [
    maker.call("chdir", [Program.text(process.cwd)], {
      ...wd,
      store: "chdir",
      tolerate: ["EACCES", "EPERM"],
      onNegative: later
    }),
    ...verifyDirectory("as root"),
    Target.landing(maker, later)
  ]
}

/** The second half of `changeDirectory`. */
export const changeDirectoryAsUser = (process: ContainerProcess): ReadonlyArray<Program.Step> => {
  const maker = because("command", "image: WORKDIR")
  const changed = "directory is changed"
  return [
    maker.subtract(Program.result("chdir"), number(0), { onZero: changed }),
    maker.call("chdir", [Program.text(process.cwd)], wd),
    ...verifyDirectory("as the user"),
    Target.landing(maker, changed)
  ]
}

/** No signal is blocked. */
export const freshSignals = (): ReadonlyArray<Program.Step> => [
  because("command", "policy: a fresh process").call("rt_sigprocmask", [
    Program.flags("SIG_SETMASK"),
    Program.struct(Program.u64(0)),
    number(0),
    number(8)
  ])
]

/** What the command starts with: no signal blocked, SIGPIPE not ignored, its own umask. */
export const freshProcess = (process: ContainerProcess): ReadonlyArray<Program.Step> => [
  because("command", "policy: a fresh process").call("umask", [number(process.umask)]),
  ...freshSignals()
]

const missing = ["ENOENT", "ENOTDIR", "EACCES"] as const

/**
 * Looks for the command as {@link execute} will, without executing it: a container that is created and not yet started has failed
 * already when there is none.
 */
export const findExecutable = (process: ContainerProcess): ReadonlyArray<Program.Step> => {
  const maker = because("command", "policy: a command that is not there is told before the start")
  const found = "executable is found"
  const look = (path: string, index: number): ReadonlyArray<Program.Step> => {
    const [store, next] = [`look ${index}`, `look ${index}: no`]
    const details = { store, tolerate: missing, onNegative: next, meaning: "CommandNotExecutable" } as const
    return [
      maker.call("faccessat", [here, Program.text(path), Program.flags("X_OK")], details),
      // A directory passes that; a file with a slash behind it does not exist.
      maker.call("faccessat", [here, Program.text(`${path}/.`), number(0)], {
        tolerate: [...missing, "ENAMETOOLONG"],
        onNegative: found
      }),
      // EACCES
      maker.subtract(number(-13), number(0), { store }),
      Target.landing(maker, next)
    ]
  }
  return [
    ...process.executables.flatMap(look),
    ...notFound(maker, process, "look"),
    Target.landing(maker, found)
  ]
}

/**
 * The candidates one after another. A command that was given with a slash is one candidate, and EACCES means that it
 * cannot be executed; one of several from PATH that cannot be executed is passed over, as Go's LookPath does for
 * Docker, and none at all means not found.
 */
export const execute = (process: ContainerProcess): ReadonlyArray<Program.Step> => {
  const maker = because("command", "image: ENTRYPOINT and CMD, or the command line")
  const argv = Program.texts(process.args)
  const envp = Program.texts(process.env)
  return [
    ...process.executables.map((path, index) =>
      maker.call("execve", [Program.text(path), argv, envp], {
        store: `execve ${index}`,
        tolerate: missing,
        meaning: "CommandNotExecutable"
      })
    ),
    ...notFound(maker, process, "execve")
  ]
}

/** None of the candidates will do. `tried` names the results of trying them. */
const notFound = (
  { fail, subtract }: Maker,
  process: ContainerProcess,
  tried: string
): ReadonlyArray<Program.Step> => {
  const first = Program.result(`${tried} 0`)
  const label = `${tried}: not found`
  return process.args[0]?.includes("/") === true
    ? [
        // EACCES (13)
        subtract(first, number(-13), { onNegative: label, onPositive: label }),
        fail(number(-13), { meaning: "CommandNotExecutable" }),
        fail(first, { label, meaning: "CommandNotFound" })
      ]
    : [fail(number(-2), { meaning: "CommandNotFound" })]
}
