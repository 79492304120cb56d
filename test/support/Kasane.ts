import { type SpawnOptions, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** The repository's own directory. */
export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

/** The bundle that `npm run build` makes: what a user runs. */
export const program = path.join(repository, "dist/kasane.mjs")

/** What one command did. `code` is its exit code, or 128 + the signal that ended it, as a shell tells it. */
export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Who runs the commands: root itself, or an ordinary user (see `Unprivileged.ts`). */
export interface Caller {
  readonly label: string
  /** The words in front of a command that make it this caller's. */
  readonly prefix: ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  /** A directory that belongs to the caller, on a file system that overlayfs can write to. */
  readonly home: string
}

export interface RunOptions {
  readonly input?: string | Uint8Array
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

const collect = (child: ReturnType<typeof spawn>, input: RunOptions["input"]): Promise<Result> =>
  new Promise((resolve, reject) => {
    const out: Array<Buffer> = []
    const err: Array<Buffer> = []
    child.stdout?.on("data", (chunk: Buffer) => out.push(chunk))
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk))
    child.on("error", reject)
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]),
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8")
      })
    )
    // A command may end without reading its input; that is not this harness's failure.
    child.stdin?.on("error", () => {})
    child.stdin?.end(input ?? "")
  })

/** Runs any program to its end. Never throws for an exit code. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: RunOptions = {}
): Promise<Result> =>
  collect(
    spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["pipe", "pipe", "pipe"]
    }),
    options.input
  )

/** The real command line on a store of its own. */
export interface Kasane {
  readonly caller: Caller
  /** The store's root. */
  readonly root: string
  /** Runs a command to its end. */
  readonly run: (args: ReadonlyArray<string>, options?: RunOptions) => Promise<Result>
  /** Runs a command that must succeed, and gives its standard output. */
  readonly ok: (args: ReadonlyArray<string>, options?: RunOptions) => Promise<string>
  /** Starts a command and leaves it running. */
  readonly start: (args: ReadonlyArray<string>, options?: SpawnOptions) => ReturnType<typeof spawn>
}

export const root: Caller = {
  label: "root",
  prefix: [],
  env: process.env,
  home: os.tmpdir()
}

/** A new directory that belongs to the caller. */
export const scratch = async (caller: Caller, name: string): Promise<string> => {
  if (caller.prefix.length === 0) return fs.mkdtempSync(path.join(caller.home, `${name}-`))
  const made = await run(caller.prefix[0] ?? "", [
    ...caller.prefix.slice(1),
    "mktemp",
    "-d",
    path.join(caller.home, `${name}-XXXXXX`)
  ])
  if (made.code !== 0) throw new Error(`mktemp as ${caller.label}: ${made.stderr}`)
  return made.stdout.trim()
}

/** The command line for `caller` on the store at `storeRoot`. */
export const kasane = (caller: Caller, storeRoot: string): Kasane => {
  if (!fs.existsSync(program)) throw new Error(`${program} is missing: run "npm run build" first`)
  const env = { ...caller.env, KASANE_ROOT: storeRoot }
  const words = [...caller.prefix, process.execPath, program]
  const command = words[0] ?? process.execPath
  const before = words.slice(1)
  const runIt = (args: ReadonlyArray<string>, options: RunOptions = {}) =>
    run(command, [...before, ...args], { ...options, env: { ...env, ...options.env } })
  return {
    caller,
    root: storeRoot,
    run: runIt,
    ok: async (args, options) => {
      const result = await runIt(args, options)
      if (result.code !== 0)
        throw new Error(
          `kasane ${args.join(" ")} ended with ${result.code}\n${result.stdout}${result.stderr}`
        )
      return result.stdout
    },
    start: (args, options = {}) =>
      spawn(command, [...before, ...args], { ...options, env: { ...env, ...options.env } })
  }
}
