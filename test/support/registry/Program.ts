import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"

/** The absolute path of a program of this host; undefined where it is not installed. */
export const program = (name: string): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(":")
    .map((directory) => path.join(directory, name))
    .find((file) => fs.existsSync(file))

/** A test that runs where the programs are installed, and what its title says where it is skipped. */
export const needs = (...programs: ReadonlyArray<readonly [string, string | undefined]>) => {
  const missing = programs.filter(([, found]) => found === undefined).map(([name]) => name)
  return {
    test: missing.length === 0 ? it.live : it.live.skip,
    note: missing.length === 0 ? "" : ` (skipped: ${missing.join(" and ")} not installed)`
  }
}

/** Runs a program that must succeed; gives its output. */
export const run = (
  name: string,
  args: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv = process.env
): Effect.Effect<string> =>
  Effect.async<string>((resume) => {
    const child = execFile(name, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resume(
        error === null
          ? Effect.succeed(stdout)
          : Effect.dieMessage(`${name} ${args.join(" ")}: ${error.message}\n${stderr}`)
      )
    )
    return Effect.sync(() => {
      child.kill()
    })
  })
