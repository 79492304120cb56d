import type { Command, Failure } from "./Command.js"

/** Refused by the command line itself: told without a tag, or an option that no engine was asked about. */
const isMisuse = (failure: Failure): boolean =>
  !("_tag" in failure) ||
  (failure._tag === "InvalidOption" && "reason" in failure && failure.reason !== "Setting")

const isEngineForm = (failure: Failure, { failures }: Command): boolean =>
  failures === "engine" || (failures === "misuse" && isMisuse(failure))

/** How a failure is told and what the process ends with: the one place where errors become text. */
export const present = (
  failure: Failure,
  path: string,
  command: Command
): { readonly err: string; readonly exitCode: number } =>
  isEngineForm(failure, command)
    ? {
        err: `kasane: ${failure.message}\n\nRun 'kasane ${path} --help' for more information\n`,
        exitCode: failure.exitCode ?? 125
      }
    : { err: `Error: ${failure.message}\n`, exitCode: failure.exitCode ?? 1 }
