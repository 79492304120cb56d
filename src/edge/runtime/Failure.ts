import type { ContainerProcess } from "../../core/container/ContainerProcess.js"
import * as Errno from "../../core/program/Errno.js"
import * as Explain from "../../core/program/Explain.js"
import type { Program, Step } from "../../core/program/Program.js"
import { RuntimeError } from "./RuntimeError.js"

const EACCES = 13
const ENOENT = 2
const ENOTDIR = 20

/** As Go's exec.LookPath and Docker word it. */
const commandNotFound = (command: string, errno: number): string =>
  command.includes("/")
    ? `exec: ${JSON.stringify(command)}: stat ${command}: ${Errno.messageOf(errno)}`
    : `exec: ${JSON.stringify(command)}: executable file not found in $PATH`

const notExecutable = (command: string, errno: number): string =>
  errno === EACCES
    ? `exec: ${JSON.stringify(command)}: permission denied`
    : `exec ${command}: ${Errno.messageOf(errno)}`

/** Docker tells 127 for what is not there, 126 for what may not be used, 125 for the rest. */
const directoryExitCode = (errno: number): number => {
  if (errno === EACCES) return 126
  return errno === ENOTDIR || errno === ENOENT ? 127 : 125
}

const setup = (step: Step, shown: string, errno: number): string =>
  `cannot set up the container: ${shown}: ${Errno.messageOf(errno)} (${step.part}; ${step.reason})`

/** The error of a program that reported a failing step. */
export const ofStep = (
  program: Program,
  process: ContainerProcess,
  index: number,
  errno: number
): RuntimeError => {
  const step = program.steps[index]
  const command = process.args[0] ?? ""
  if (step === undefined)
    return new RuntimeError({ reason: "Setup", exitCode: 125, message: `unknown step ${index} failed` })
  const shown = Explain.showStep(step)
  const details = { step: shown, errno: Errno.nameOf(errno) }
  switch (step.meaning) {
    case "CommandNotFound":
      return new RuntimeError({
        reason: "CommandNotFound",
        exitCode: 127,
        message: commandNotFound(command, errno),
        ...details
      })
    case "CommandNotExecutable":
      return new RuntimeError({
        reason: "CommandNotExecutable",
        exitCode: 126,
        message: notExecutable(command, errno),
        ...details
      })
    case "WorkingDirectory":
      return new RuntimeError({
        reason: "WorkingDirectory",
        exitCode: directoryExitCode(errno),
        message: `chdir to cwd (${JSON.stringify(process.cwd)}) set in config.json failed: ${Errno.messageOf(errno)}`,
        ...details
      })
    case "Setup":
      return new RuntimeError({
        reason: "Setup",
        exitCode: 125,
        message: setup(step, shown, errno),
        ...details
      })
  }
}

/** The program ended without a word: it was killed, or could not be executed at all. */
export const silent = (how: string): RuntimeError =>
  new RuntimeError({
    reason: "Spawn",
    exitCode: 125,
    message: `the container's program ended before the command started: ${how}`
  })
