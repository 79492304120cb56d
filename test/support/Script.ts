import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
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

/** koffi's native half, where a bundle in `home` finds it. */
const placeKoffi = (home: string): void => {
  const name = `@koromix/koffi-linux-${process.arch}`
  const modules = path.join(home, "node_modules")
  const found = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  fs.cpSync(found, path.join(modules, name), { recursive: true, dereference: true })
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
  placeKoffi(caller.home)
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
