import type { Command, Failure } from "./Command.js"

/** How a failure is told and what the process ends with: the one place where errors become text. */
export const present = (
  failure: Failure,
  path: string,
  command: Command
): { readonly err: string; readonly exitCode: number } =>
  command.failures === "engine"
    ? {
        err: `kasane: ${failure.message}\n\nRun 'kasane ${path} --help' for more information\n`,
        exitCode: failure.exitCode ?? 125
      }
    : { err: `Error: ${failure.message}\n`, exitCode: failure.exitCode ?? 1 }
