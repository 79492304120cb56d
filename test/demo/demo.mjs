// The tutorial's first half on this machine, offline: builds a hello-world image from nothing, looks at it, runs it.
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const step = (text) => console.log(`\n\u001b[1m# ${text}\u001b[0m`)

step("Installing and building kasane")
execFileSync(process.execPath, ["src/build/ready.mjs"], { stdio: "inherit" })

const place = mkdtempSync(join(tmpdir(), "kasane-demo-"))
const context = join(place, "context")
const environment = { ...process.env, KASANE_ROOT: join(place, "store") }

const run = (words, program, args) => {
  console.log(`\u001b[36m$ ${words}\u001b[0m`)
  const { status } = spawnSync(program, args, { stdio: "inherit", env: environment })
  if (status !== 0) throw new Error(`${words} ended with ${status}`)
}
const kasane = (...args) => run(["kasane", ...args].join(" "), process.execPath, ["dist/kasane.mjs", ...args])
const answer = (...args) =>
  execFileSync(process.execPath, ["dist/kasane.mjs", ...args], { encoding: "utf8", env: environment }).trim()

try {
  step("A program without a compiler: two system calls, assembled to a static executable")
  const { executable, greeting } = await import("kasane/core/program/Hello")
  mkdirSync(context)
  const bytes = executable(greeting, process.arch === "arm64" ? "arm64" : "amd64")
  writeFileSync(join(context, "hello"), bytes, { mode: 0o755 })
  writeFileSync(join(context, "Dockerfile"), 'FROM scratch\nCOPY hello /\nCMD ["/hello"]\n')
  run(`cat ${context}/Dockerfile`, "cat", [join(context, "Dockerfile")])

  step("An image of one layer")
  kasane("build", "-t", "hello", context)
  kasane("images")
  kasane("history", "hello")

  step("The layer is a directory of this host")
  const upper = answer("inspect", "--format", "{{.GraphDriver.Data.UpperDir}}", "hello")
  run(`ls -l ${upper}`, "ls", ["-l", upper])

  step("The same build again does nothing")
  kasane("build", "-t", "hello", context)

  step("A container; no daemon, no other engine")
  kasane("run", "--name", "first", "hello")
  kasane("ps", "-a")

  step("What a container start is: a program of system calls, each with its reason")
  const plan = answer("run", "--plan", "hello").split("\n")
  const root = plan.slice(plan.indexOf("# root"))
  const narrow = root.slice(0, 12).map((line) => line.replace(/ {3,}/g, "   ").slice(0, 160))
  console.log(`\u001b[36m$ kasane run --plan hello | grep -A 11 '^# root'\u001b[0m\n${narrow.join("\n")}`)

  step("Leaving nothing behind")
  kasane("rm", "first")
  kasane("rmi", "hello")
} finally {
  rmSync(place, { recursive: true, force: true })
}
