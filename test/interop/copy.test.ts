import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Peers from "../bench/Peers.js"
import { kasane, type Result, root, run } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

/** The same copies by Docker's own engine and by kasane: what they say, how they end, and what is there afterwards. */

const isPossible = process.getuid?.() === 0 && ["dockerd", "containerd", "docker"].every(Peers.installed)
if (!isPossible) console.warn("cp beside docker's: skipped, needs root, dockerd, containerd and docker")

/** What both are asked, one after the other; `box` is a container. */
const cases: ReadonlyArray<string> = [
  "box:/t/tree back",
  "box:/t/tree/. back/new",
  "box:/t/tree/ back/slash",
  "box:/t/tree/f back/",
  "box:/t/tree/f back/g",
  "box:/t/tree/l back",
  "-L box:/t/tree/l back/real",
  "-L box:/t/way back",
  "box:/t/way back",
  "box:/t/way/ back/way-slash",
  "box:/t/way/. back/way-dot",
  "box:/t/dangling back",
  "-L box:/t/dangling back",
  "box:t/tree/f back/relative",
  "box:/t/tree/f back/none/",
  "box:/t/tree/f none/x",
  "box:/t/tree back/g",
  "box:/nope back",
  "box:/t/tree/f /dev/null",
  "tree box:/t/in",
  "tree/. box:/t/in-dot",
  "tree/ box:/t/in-slash/",
  "tree box:/t/tree",
  "tree/. box:/t/tree",
  "tree/a box:/t/tree",
  "tree/a box:/t/tree/l",
  "tree/a box:/t/dangling",
  "tree/a box:/t/way/new",
  "tree/a box:/nodir/x",
  "tree/a box:/t/nodir/",
  "tree box:/t/tree/f",
  "link box:/t/link",
  "-L link box:/t/followed",
  "dirlink box:/t/dirlink",
  "dirlink/ box:/t/dirlink-slash",
  "-a owned box:/t/archived",
  "owned box:/t/owned",
  "nope box:/t",
  "box:/a box:/b",
  "a b",
  "tree/a box:",
  "- box:/t/tree/f",
  "tree/a box:/t/tree/sub",
  "-q tree/a box:/t/quiet"
]

const prepare = (dir: string): void => {
  for (const name of ["tree/sub", "back"]) fs.mkdirSync(path.join(dir, name), { recursive: true })
  for (const [name, text] of Object.entries({ "tree/a": "A", "tree/sub/b": "B", owned: "O" }))
    fs.writeFileSync(path.join(dir, name), text)
  fs.chownSync(path.join(dir, "owned"), 1234, 4321)
  fs.chmodSync(path.join(dir, "tree/a"), 0o4750)
  fs.symlinkSync("owned", path.join(dir, "link"))
  fs.symlinkSync("tree", path.join(dir, "dirlink"))
}

const inside =
  "mkdir -p /t/tree/sub; cd /t/tree; echo f > f; ln -s f l; ln f h; chown 5:6 f; cd ..; ln -s tree way; ln -s nowhere dangling; : > /ready; sleep 600"

const lines = (listing: string) =>
  listing
    .split("\n")
    // Without times: what was made inside was made twice.
    .map((line) => line.replace(/^(\S+) +(\S+) +(\d+|\d+,\d+) \S+ \S+ /, "$1 $2 $3 "))
    .sort()
const told = (text: string) =>
  text
    .split("\n")
    .filter((line) => !line.includes("level=error"))
    .map((line) => line.replace(/^(?:Error response from daemon: |Error: )/, ""))
    .join("\n")

describe.skipIf(!isPossible)("cp", { timeout: 120_000 }, () => {
  const directory = fs.mkdtempSync("/tmp/kasane-copies-")
  const at = (name: string) => path.join(directory, name)
  let daemon: Peers.Daemon | undefined
  const engine = kasane(root, at("store"))
  const docker = (args: ReadonlyArray<string>): Promise<Result> =>
    run("docker", args, { env: daemon?.env ?? process.env, cwd: at("docker") })
  const ours = (args: ReadonlyArray<string>) => engine.run(args, { cwd: at("kasane") })
  const engines = { docker, kasane: ours } as const

  beforeAll(async () => {
    daemon = await Peers.docker(at("daemon"), "--bridge", "none", "--iptables=false")
    const image = RootFs.tar(directory)
    for (const [name, call] of Object.entries(engines)) {
      fs.mkdirSync(at(name))
      prepare(at(name))
      await call(["import", image, "base:1"])
      const made = await call([
        "run",
        "-d",
        "--network",
        "none",
        "--name",
        "box",
        "base:1",
        "sh",
        "-c",
        inside
      ])
      expect(made).toMatchObject({ code: 0, stderr: "" })
      await call(["exec", "box", "sh", "-c", "while [ ! -e /ready ]; do sleep 0.05; done"])
    }
  }, 120_000)
  afterAll(async () => {
    await ours(["rm", "-f", "box"])
    await docker(["rm", "-f", "box"])
    await daemon?.stop()
    await run("sh", ["-c", `grep -o ' ${directory}[^ ]*' /proc/self/mounts | tac | xargs -r umount -l`])
    fs.rmSync(directory, { recursive: true, force: true, maxRetries: 3 })
  })

  it("says the same and leaves the same as docker's", async () => {
    const seen: Record<string, unknown> = {}
    for (const [name, call] of Object.entries(engines)) {
      const outcomes = []
      for (const one of cases) {
        const { code, stdout, stderr } = await call(["cp", ...one.split(" ")])
        outcomes.push([one, code, stdout, told(stderr).replaceAll(at(name), "/work")])
      }
      const packed = at(`${name}.tar`)
      await run("sh", ["-c", '"$@" > "$0"', packed, ...wordsOf(name), "cp", "box:/t", "-"], envOf(name))
      const list = (file: string) =>
        execFileSync("tar", ["--numeric-owner", "-tvf", file], { encoding: "utf8" })
      execFileSync("tar", ["-C", at(name), "-cf", at(`${name}-host.tar`), "--sort=name", "back"])
      // Most of it can be done, or nothing was compared.
      expect(outcomes.filter(([, code]) => code === 0).length).toBeGreaterThan(25)
      seen[name] = {
        outcomes,
        inside: lines(list(packed)),
        outside: lines(list(at(`${name}-host.tar`)))
      }
    }
    expect(seen["kasane"]).toEqual(seen["docker"])
  })

  const wordsOf = (name: string): ReadonlyArray<string> =>
    name === "docker" ? ["docker"] : [process.execPath, "--", path.resolve("dist/kasane.mjs")]
  const envOf = (name: string) => ({
    cwd: at(name),
    env: name === "docker" ? (daemon?.env ?? process.env) : { ...process.env, KASANE_ROOT: at("store") }
  })
})
