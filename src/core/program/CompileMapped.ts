import * as Namespaces from "./Namespaces.js"
import * as Program from "./Program.js"
import * as Report from "./Report.js"
import { because, number } from "./Steps.js"

/** A command of the host that is to run as root of a user namespace. */
export interface MappedCommand {
  /** Absolute path. */
  readonly path: string
  readonly args: ReadonlyArray<string>
  readonly env: ReadonlyArray<string>
  /** A one-id map of an ordinary user comes with groups that cannot be changed. */
  readonly setgroups: "allowed" | "denied"
  /** A process whose user namespace is entered, with its maps as they are; undefined: a new one is made. */
  readonly within?: number | undefined
}

/**
 * The program that an ordinary user's engine goes through to become root of a user and mount namespace of its own: it
 * unshares them, reports, waits at its gate while the id maps are written from outside, and becomes the command. It is
 * killed with the process that started it.
 */
export const compileMapped = (command: MappedCommand): Program.Program => {
  const { call } = because("namespaces", "policy: an ordinary user is root of a user namespace of its own")
  const join = because("namespaces", "policy: a container's files are its own root's to change")
  const execute = because("command", "policy: the engine itself, with the same arguments")
  return {
    steps: [
      call("fcntl", [number(Program.reportFd), Program.flags("F_SETFD"), Program.flags("FD_CLOEXEC")]),
      ...(command.within === undefined
        ? [
            call("unshare", [Program.flags("CLONE_NEWUSER", "CLONE_NEWNS")]),
            call("write", [
              number(Program.reportFd),
              Program.struct(Program.u32(Report.kinds.started), Program.u32(0), Program.u64(0)),
              number(Report.reportSize_bytes)
            ]),
            ...Namespaces.waitAtGate("wait", "policy: the id maps are written from outside")
          ]
        : [
            join.call("pidfd_open", [number(command.within), number(0)], { store: "process" }),
            join.call("setns", [Program.result("process"), Program.flags("CLONE_NEWUSER")]),
            join.call("unshare", [Program.flags("CLONE_NEWNS")])
          ]),
      ...(command.setgroups === "denied" ? [] : [call("setgroups", [number(0), number(0)])]),
      call("setresgid", [number(0), number(0), number(0)]),
      call("setresuid", [number(0), number(0), number(0)]),
      call("mount", [
        number(0),
        Program.text("/"),
        number(0),
        Program.flags("MS_REC", "MS_SLAVE"),
        number(0)
      ]),
      call("prctl", [Program.flags("PR_SET_PDEATHSIG"), Program.flags("SIGKILL")]),
      execute.call(
        "execve",
        [Program.text(command.path), Program.texts(command.args), Program.texts(command.env)],
        { meaning: "CommandNotExecutable" }
      )
    ]
  }
}
