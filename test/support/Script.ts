import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"
import type { Caller } from "./Kasane.js"

/** How a script ended. */
export interface ScriptResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Bundles a TypeScript file of the tests into one file in the caller's home, so that a user who cannot read this
 * directory can run it; returns a function that runs it as that user.
 */
export const script = (url: URL, caller: Caller): ((...args: ReadonlyArray<string>) => ScriptResult) => {
  const source = fileURLToPath(url)
  const file = path.join(caller.home, `${path.basename(source, ".ts")}.mjs`)
  buildSync({
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["koffi"],
    logLevel: "error"
  })
  fs.chmodSync(file, 0o644)
  return (...args) => {
    const [command = process.execPath, ...before] = [...caller.prefix, process.execPath]
    const ended = spawnSync(command, [...before, file, ...args], {
      cwd: caller.home,
      env: caller.env,
      encoding: "utf8",
      timeout: 60_000
    })
    return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr }
  }
}
