import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, program, root, scratch } from "../support/Kasane.js"
import { type OnTerminal, onTerminal } from "../support/Pty.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

/** A container's terminal when the supervisor that relayed it is killed. */

const ordinary = process.getuid?.() === 0 ? Unprivileged.create() : undefined
const callers: ReadonlyArray<Caller> = ordinary === undefined ? [root] : [root, ordinary]
if (ordinary === undefined) console.warn("terminals of another user: skipped, making that user needs root")
afterAll(() => ordinary?.remove())

const size = { rows: 30, columns: 100 }

/** Says what it heard and how large its terminal is, and exits with the code that it is told. */
const reader =
  'while read -r line; do case "$line" in exit*) exit "${line#exit }";; *) echo "heard $line at $(stty size)";; esac; done'

describe.each(callers)("a container's terminal as $label", { timeout: 60_000 }, (caller) => {
  let dir: string
  let k: Kasane
  const open: Array<OnTerminal> = []

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-kept")
    k = kasane(caller, path.join(dir, "store"))
    await k.ok(["import", RootFs.tar(dir), "base:1"])
  })
  afterAll(async () => {
    for (const terminal of open) terminal.kill("SIGKILL")
    await k.run(["rm", "-f", "box"])
    await k.run(["system", "prune", "--all", "--volumes", "--force"])
    fs.rmSync(dir, { recursive: true, force: true })
  })

  const at = (...args: ReadonlyArray<string>): OnTerminal => {
    const [command = process.execPath, ...before] = [...caller.prefix, process.execPath, "--", program]
    const env = { ...caller.env, KASANE_ROOT: k.root, TERM: "xterm" }
    const terminal = onTerminal([command, ...before, ...args], size, env)
    open.push(terminal)
    return terminal
  }
  /** Types the same line again and again: what is typed while nobody relays may be lost. */
  const ask = async (terminal: OnTerminal, line: string, answer: string): Promise<void> => {
    terminal.type(`${line}\n`)
    const again = setInterval(() => terminal.type(`${line}\n`), 500)
    await terminal.shows(answer).finally(() => clearInterval(again))
  }
  /** Whoever listens for the store's supervisor is killed, in the middle of whatever it does. */
  const killSupervisor = (): void => {
    const supervisors = fs
      .readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")
          return words.includes("supervise") && words.includes(k.root)
        } catch {
          return false
        }
      })
    expect(supervisors).toHaveLength(1)
    for (const pid of supervisors) process.kill(Number(pid), "SIGKILL")
  }

  it("outlives the supervisor, and so does who is attached to it", async () => {
    const first = at("run", "-it", "--network", "none", "--name", "box", "base:1", "sh", "-c", reader)
    await ask(first, "one", "heard one at 30 100")
    expect(await k.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("box running\n")
    killSupervisor()
    await ask(first, "two", "heard two at 30 100")
    first.resize({ rows: 33, columns: 99 })
    await ask(first, "three", "heard three at 33 99")

    const second = at("attach", "box")
    await ask(second, "four", "heard four at 30 100")
    await first.shows("heard four")
    killSupervisor()
    await Promise.all([ask(second, "five", "heard five"), ask(first, "to both", "heard to both")])
    first.type("\u0010\u0011")
    expect(await first.ended).toBe(0)

    killSupervisor()
    expect(await k.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("box running\n")
    expect((await k.run(["exec", "box", "true"])).code).toBe(0)
    expect(await k.ok(["logs", "box"])).toContain("heard five")
    await ask(second, "six", "heard six")
    expect(await k.ok(["logs", "box"])).toContain("heard six")
    second.type("exit 3\n")
    expect(await second.ended).toBe(3)
    expect(await k.ok(["inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "box"])).toBe("exited 3\n")
    expect(await k.ok(["logs", "box"])).toMatch(/exit 3\r\n$/)
  })
})
