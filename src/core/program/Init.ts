import type { ContainerProcess } from "../container/ContainerProcess.js"
import * as Reason from "../container/Reason.js"
import * as Program from "./Program.js"
import { because, number } from "./Steps.js"

const SIGCHLD = 17
const all = Program.struct(Program.u64(-1))

/**
 * Process 1 as an init: blocks all signals, splits, and while the command runs takes one signal after another: SIGCHLD
 * reaps whatever ended, others are passed on. It ends with the command's exit code. In the child the signals are let
 * through again by the steps that follow.
 */
export const init = (process: ContainerProcess): ReadonlyArray<Program.Step> => {
  if (!process.init.value) return []
  const { call, subtract, decodeWaitStatus } = because("init", Reason.show(process.init.reason))
  const command = Program.result("command")
  const status = Program.buffer("init's wait status", 8)
  const signal = Program.result("signal")
  // The command gets a process group of its own in the foreground, or ^C would reach it twice: by the terminal and by init.
  const foreground =
    process.terminal === undefined
      ? []
      : [
          call("setpgid", [number(0), number(0)]),
          call("getpid", [], { store: "group" }),
          call("ioctl", [number(0), Program.flags("TIOCSPGRP"), Program.struct(Program.saved("group"))])
        ]
  return [
    call("rt_sigprocmask", [Program.flags("SIG_SETMASK"), all, number(0), number(8)]),
    call("clone", [Program.flags("SIGCHLD")], { store: command.name, onZero: "the command" }),
    // Where another runtime started it there are no reports.
    call("close", [number(Program.reportFd)], { tolerate: ["EBADF"] }),
    // It holds nothing of the engine any more, and an ordinary user's exec must be able to join its namespaces.
    call("prctl", [Program.flags("PR_SET_DUMPABLE"), number(1)]),
    call("rt_sigtimedwait", [all, number(0), number(0), number(8)], {
      label: "next signal",
      store: signal.name,
      tolerate: ["EINTR"],
      onNegative: "next signal"
    }),
    subtract(signal, number(SIGCHLD), { onZero: "reap" }),
    call("kill", [command, signal], {
      tolerate: ["ESRCH"],
      onNegative: "next signal",
      onZero: "next signal"
    }),
    call("wait4", [number(-1), status, Program.flags("WNOHANG", "__WALL")], {
      label: "reap",
      store: "ended",
      tolerate: ["ECHILD"],
      onNegative: "next signal",
      onZero: "next signal"
    }),
    subtract(Program.result("ended"), command, { onNegative: "reap", onPositive: "reap" }),
    decodeWaitStatus(status, { store: "command's exit code" }),
    call("exit_group", [Program.result("command's exit code")]),
    subtract(number(0), number(0), { label: "the command" }),
    ...foreground
  ]
}
