import * as childProcess from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as Effect from "effect/Effect"
import * as GitRef from "../../core/plan/GitRef.js"
import * as BuildError from "./BuildError.js"

/** What the user lets a build use to reach repositories. */
export interface GitAccess {
  /** Contents by id: `GIT_AUTH_TOKEN`, `GIT_AUTH_HEADER`, with `.<host>` for one host only. */
  readonly secrets: ReadonlyMap<string, Uint8Array>
  /** The socket of an ssh agent; undefined: no keys. */
  readonly agent: string | undefined
}

/** This host's git, shut off from the settings of this host. */
export interface GitProgram {
  /** Gives standard output. `remote` with what git told, without credentials, when it fails. */
  readonly run: (args: ReadonlyArray<string>) => Effect.Effect<string, BuildError.BuildError>
}

const outputBytesMax = 64 * 1024 * 1024
const toldBytesMax = 16 * 1024

/** Git's value syntax: within quotes only these two mean anything. */
const quoted = (value: string): string => `"${value.replace(/[\\"]/g, "\\$&")}"`

/** `Authorization: …` for a host, from the secrets that BuildKit knows too. */
const authorization = ({ secrets }: GitAccess, host: string): string | undefined => {
  const text = (id: string): string | undefined => {
    const bytes = secrets.get(`${id}.${host}`) ?? secrets.get(id)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim()
  }
  const header = text("GIT_AUTH_HEADER")
  if (header !== undefined) return header
  const token = text("GIT_AUTH_TOKEN")
  return token === undefined
    ? undefined
    : `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`
}

/**
 * All of git's configuration: no hooks, no templates, no monitors, no helpers for credentials, and the token for the one host
 * that it is for.
 */
const configuration = (remote: string, access: GitAccess): string => {
  const header = /^https?:/.test(remote) ? authorization(access, GitRef.hostOf(remote)) : undefined
  const origin = /^https?:\/\/(?:[^/@]*@)?[^/]*/.exec(remote)?.[0].replace(/\/\/[^/@]*@/, "//") ?? ""
  return [
    "[core]",
    "hooksPath = /dev/null",
    "attributesFile = /dev/null",
    "excludesFile = /dev/null",
    "fsmonitor = false",
    "autocrlf = false",
    "[init]",
    "templateDir =",
    "defaultBranch = main",
    "[protocol]",
    "version = 2",
    "[credential]",
    "helper =",
    "[gc]",
    "auto = 0",
    "[maintenance]",
    "auto = false",
    "[advice]",
    "detachedHead = false",
    ...(header === undefined
      ? []
      : [`[http ${quoted(`${origin}/`)}]`, `extraHeader = ${quoted(`Authorization: ${header}`)}`]),
    ""
  ].join("\n")
}

const passed = [
  "PATH",
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
  "no_proxy",
  "ALL_PROXY",
  "all_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "GIT_SSL_CAINFO"
]

const shellWord = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

const environment = (directory: string, access: GitAccess): Readonly<Record<string, string>> => {
  const knownHosts = `${os.homedir()}/.ssh/known_hosts`
  const ssh = [
    "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes",
    `-o ${shellWord(`UserKnownHostsFile="${knownHosts}"`)}`,
    // Keys come through the agent or not at all.
    "-o IdentityFile=none"
  ].join(" ")
  return {
    ...Object.fromEntries(
      passed.flatMap((name) => {
        const value = process.env[name]
        return value === undefined ? [] : [[name, value]]
      })
    ),
    LC_ALL: "C",
    HOME: directory,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: `${directory}/config`,
    GIT_TERMINAL_PROMPT: "0",
    // For submodules too: no ext::, no file://.
    GIT_ALLOW_PROTOCOL: "https:http:ssh:git",
    GIT_SSH_COMMAND: ssh,
    GIT_SSH_VARIANT: "ssh",
    ...(access.agent === undefined ? {} : { SSH_AUTH_SOCK: access.agent })
  }
}

const missing = (remote: string): BuildError.BuildError =>
  BuildError.make(
    "unsupported",
    `${GitRef.redacted(remote)} is a git repository, and this host has no program "git" to fetch it with: install git`
  )

/** For one remote. `directory`: a private one, for git's configuration; made here. */
export const make = (
  directory: string,
  remote: string,
  access: GitAccess
): Effect.Effect<GitProgram, BuildError.BuildError> =>
  Effect.try({
    try: () => {
      fs.mkdirSync(directory, { mode: 0o700 })
      fs.writeFileSync(`${directory}/config`, configuration(remote, access), { mode: 0o600 })
      const env = environment(directory, access)
      return { run: (args: ReadonlyArray<string>) => run(remote, env, args) }
    },
    catch: (thrown) => BuildError.ofThrown(thrown, "cannot prepare git")
  })

/** Spawned in a group of its own, so that an interruption ends git's helpers too. */
const run = (
  remote: string,
  env: Readonly<Record<string, string>>,
  args: ReadonlyArray<string>
): Effect.Effect<string, BuildError.BuildError> =>
  Effect.async((resume) => {
    // What git writes is to be readable by all, whatever the user's own umask.
    const mask = process.umask(0o022)
    const child = childProcess.spawn("git", args, {
      env,
      cwd: "/",
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    process.umask(mask)
    const out: Array<Buffer> = []
    let size = 0
    let told = ""
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
      } catch {
        // It has ended by itself.
      }
    }
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length
      if (size > outputBytesMax) end()
      else out.push(chunk)
    })
    child.stderr.on("data", (chunk: Buffer) => {
      told = (told + chunk.toString("utf8")).slice(-toldBytesMax)
    })
    child.once("error", (error: NodeJS.ErrnoException) =>
      resume(
        error.code === "ENOENT"
          ? missing(remote)
          : BuildError.make("remote", `git cannot be started: ${error.message}`, error)
      )
    )
    child.once("close", (code) =>
      resume(
        code === 0
          ? Effect.succeed(Buffer.concat(out).toString("utf8"))
          : BuildError.make("remote", `failed to fetch ${GitRef.redacted(remote)}: ${plain(told, remote)}`)
      )
    )
    return Effect.sync(end)
  })

/** What git told, on one line, without what is secret in the remote's address. */
const plain = (told: string, remote: string): string =>
  told
    .replaceAll(remote, GitRef.redacted(remote))
    .split("\n")
    .map((line) => line.replace(/[\p{Cc}]/gu, " ").trim())
    .filter((line) => line !== "")
    .join("; ")
