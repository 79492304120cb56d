import { mkdirSync } from "node:fs"
import type { Globals } from "./cli/Globals.js"
import { route } from "./cli/Route.js"

// The process's first step loads no more than the words need; what is asked decides what is loaded next.
const asked = route(process.argv.slice(2))

/** Goes on in another process, which is root of a user namespace, and ends as that one ends. */
const goOnAsMappedRoot = async ({ root }: Globals) => {
  const [MappedRoot, { ofProcess }] = await Promise.all([
    import("./edge/linux/MappedRoot.js"),
    import("./edge/store/StorePlace.js")
  ])
  const { dir } = ofProcess(root)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const warn = (message: string) => process.stderr.write(`WARNING: ${message}\n`)
  await MappedRoot.reexecute(dir, { KASANE_ROOT: dir }, warn)
}

/**
 * Has a running supervisor do what it can do as well, which spares us from loading what it needs. Undefined where we must do it
 * ourselves; KASANE_DIRECT says that we are to.
 */
const byErrand = async (): Promise<number | undefined> => {
  if (asked._tag !== "Command" || !asked.entry.errand || asked.globals.logLevel !== "info") return undefined
  if (process.env["KASANE_DIRECT"] || process.env["KASANE_CRASH_AT"]) return undefined
  const [{ ask }, { ofProcess }] = await Promise.all([
    import("./edge/supervisor/ErrandClient.js"),
    import("./edge/store/StorePlace.js")
  ])
  return ask(ofProcess(asked.globals.root).dir, asked)
}

const isUser = process.geteuid?.() !== 0

const start = async () => {
  if (isUser && asked._tag === "Command" && asked.entry.mapped) return goOnAsMappedRoot(asked.globals)
  const exitCode = await byErrand()
  if (exitCode !== undefined) process.exit(exitCode)
  const { main } = await import("./main.js")
  main(asked)
}

start().catch((error: unknown) => {
  process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
