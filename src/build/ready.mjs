// Makes a fresh clone ready: installs what package-lock.json names if nothing is installed, then builds.
import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"

if (!existsSync("node_modules/esbuild")) {
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { stdio: "inherit" })
}
await import("./build.mjs")
