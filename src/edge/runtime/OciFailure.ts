import type { ContainerSpec } from "../../core/container/ContainerSpec.js"
import { RuntimeError } from "./RuntimeError.js"

/** What runtimes say when the command is not there, in crun's and runc's words. */
const notFound = /executable file (?:.* )?not found|no such file or directory/i
const notExecutable = /permission denied|is a directory|not executable/i
const aboutCommand = /exec(?:utable)?\b/i
const aboutDirectory = /chdir|cwd/i

/**
 * The error of a runtime that could not create a container, from what it logged. The command's absence or unfitness gets
 * Docker's words and exit codes; anything else keeps the runtime's.
 */
export const of = (spec: ContainerSpec, runtime: string, complaint: string): RuntimeError => {
  const command = spec.process.args[0] ?? ""
  const shown = `exec: ${JSON.stringify(command)}: `
  if (aboutDirectory.test(complaint)) {
    return new RuntimeError({
      reason: "WorkingDirectory",
      exitCode: notFound.test(complaint) ? 127 : 126,
      message: `chdir to cwd (${JSON.stringify(spec.process.cwd)}) set in config.json failed: ${complaint}`
    })
  }
  if (aboutCommand.test(complaint) && notExecutable.test(complaint)) {
    return new RuntimeError({
      reason: "CommandNotExecutable",
      exitCode: 126,
      message: `${shown}permission denied`
    })
  }
  if (aboutCommand.test(complaint) && notFound.test(complaint)) {
    const cause = command.includes("/")
      ? `stat ${command}: no such file or directory`
      : "executable file not found in $PATH"
    return new RuntimeError({ reason: "CommandNotFound", exitCode: 127, message: shown + cause })
  }
  return new RuntimeError({
    reason: "Setup",
    exitCode: 125,
    message: `${runtime} could not create the container: ${complaint === "" ? "it gave no reason" : complaint}`
  })
}
