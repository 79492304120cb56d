import * as Either from "effect/Either"
import { InvalidValue } from "./InvalidOption.js"

const names = new Set([
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced"
])

/** True for parameters of the ipc namespace; the rest that is allowed belongs to the network namespace. */
export const isIpc = (name: string): boolean => names.has(name) || name.startsWith("fs.mqueue.")

/**
 * Reads `--sysctl name=value`. Only parameters that belong to a namespace are let through, and only names that cannot
 * leave /proc/sys. Source: docker/cli, ValidateSysctl.
 */
export const parse = (text: string): Either.Either<readonly [name: string, value: string], InvalidValue> => {
  const equals = text.indexOf("=")
  const name = text.slice(0, Math.max(equals, 0))
  const known = names.has(name) || name.startsWith("net.") || name.startsWith("fs.mqueue.")
  const harmless =
    /^[A-Za-z0-9_][A-Za-z0-9_:/-]*(?:\.[A-Za-z0-9_][A-Za-z0-9_:/-]*)+$/.test(name) && !name.includes("..")
  return known && harmless
    ? Either.right([name, text.slice(equals + 1)])
    : Either.left(new InvalidValue({ message: `sysctl '${text}' is not allowed` }))
}

/** The file below /proc/sys: dots and slashes change places, as sysctl(8) has it for interface names with dots. */
export const path = (name: string): string =>
  [...name].map((char) => (char === "." ? "/" : char === "/" ? "." : char)).join("")
