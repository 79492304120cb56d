import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, program, root, scratch } from "../support/Kasane.js"
import { type OnTerminal, onTerminal } from "../support/Pty.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"
import { when } from "../support/When.js"

/** The real command line on real pseudo terminals: what a person sees who types. */

const ordinary = process.getuid?.() === 0 ? Unprivileged.create() : undefined
const callers: ReadonlyArray<Caller> = ordinary === undefined ? [root] : [root, ordinary]
if (ordinary === undefined) console.warn("terminals of another user: skipped, making that user needs root")
afterAll(() => ordinary?.remove())

const size = { rows: 30, columns: 100 }
const detach = "\u0010\u0011"
const interrupt = "\u0003"

/** Says what it heard, line by line, and exits with the code that it is told. */
const reader = [
  "sh",
  "-c",
  'echo ready; while read -r line; do case "$line" in exit*) exit "${line#exit }";; *) echo "heard $line";; esac; done'
]
/** Prints how it was signalled, and ends so. */
const listener = (signal: string) => [
  "sh",
  "-c",
  `trap 'echo got ${signal}; exit 4' ${signal}; while :; do echo ready; sleep 0.1; done`
]

describe.each(callers)("a terminal of $label", { timeout: 60_000 }, (caller) => {
  let dir: string
  let k: Kasane
  const open: Array<OnTerminal> = []

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-terminal")
    k = kasane(caller, path.join(dir, "store"))
    await k.ok(["import", RootFs.tar(dir), "base:1"])
  })
  afterEach(async () => {
    for (const terminal of open.splice(0)) terminal.kill("SIGKILL")
    const ids = (await k.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
    if (ids.length > 0) await k.ok(["rm", "-f", ...ids])
  })
  afterAll(async () => {
    await k.run(["system", "prune", "--all", "--volumes", "--force"])
    fs.rmSync(dir, { recursive: true, force: true })
  })

  const at = (...args: ReadonlyArray<string>): OnTerminal => {
    const [command = process.execPath, ...before] = [...caller.prefix, process.execPath, "--", program]
    const terminal = onTerminal([command, ...before, ...args], size, {
      ...caller.env,
      KASANE_ROOT: k.root,
      TERM: "xterm"
    })
    open.push(terminal)
    return terminal
  }
  const run = (...flags: ReadonlyArray<string>) => at("run", "-it", "--network", "none", ...flags)
  /** Waits until somebody has attached to a container so many times. */
  const attached = (name: string, times: number): Promise<void> => {
    const filters = ["--filter", "event=attach", "--filter", `container=${name}`]
    const events = k.start(["events", "--since", "1h", ...filters], { stdio: ["ignore", "pipe", "inherit"] })
    return new Promise((resolve) => {
      let text = ""
      events.stdout?.on("data", (chunk: Buffer) => {
        text += chunk
        if (text.split("\n").length <= times) return
        events.kill()
        events.on("close", () => resolve())
      })
    })
  }
  const states = async () => (await k.ok(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).trim()

  it("run -it: what is typed arrives, the size follows, the exit code comes out, and all is put back", async () => {
    const terminal = run("--rm", "base:1", "sh")
    const before = terminal.settings()
    terminal.type("echo $((1 + 1))is two; stty size; tty\n")
    await terminal.shows("2is two\r\n30 100\r\n/dev/pts/0\r\n")
    expect(terminal.settings()).not.toBe(before)
    terminal.resize({ rows: 40, columns: 120 })
    terminal.type("while [ \"$(stty size)\" != '40 120' ]; do sleep 0.05; done; echo it$((6 * 7))fits\n")
    await terminal.shows("it42fits")
    terminal.type("exit 7\n")
    expect(await terminal.ended).toBe(7)
    expect(terminal.settings()).toBe(before)
    expect(await states()).toBe("")
  })

  it("run -it is left with ctrl-p ctrl-q, and attach comes back, as often as one likes, and two at once see the same", async () => {
    const first = run("--name", "shared", "base:1", ...reader)
    const before = first.settings()
    await first.shows("ready")
    // Held back until it is clear that it is no detaching, then passed on: the terminal shows it as ^P.
    first.type(`${detach[0]}x\n`)
    await first.shows("^Px")
    first.type(detach)
    expect(await first.ended).toBe(0)
    expect(first.settings()).toBe(before)
    expect(await states()).toBe("shared running")

    const [second, third] = [at("attach", "shared"), at("attach", "shared")]
    await attached("shared", 3)
    second.type("both\n")
    await Promise.all([second.shows("heard both\r\n"), third.shows("heard both\r\n")])
    third.type(detach)
    expect(await third.ended).toBe(1)
    expect(third.written()).toMatch(/read escape sequence\r\n$/)
    expect(third.settings()).toBe(before)
    second.type("exit 3\n")
    expect(await second.ended).toBe(3)
    expect(await states()).toBe("shared exited")

    const again = at("start", "-ai", "shared")
    await again.shows("ready")
    again.type("exit 5\n")
    expect(await again.ended).toBe(5)
    const log = await k.ok(["logs", "shared"])
    for (const line of ["heard both\r\n", "exit 3\r\n", "exit 5\r\n"]) expect(log).toContain(line)
  })

  when(caller === root)("--detach-keys replaces the keys, whichever command it is", async () => {
    const first = run("--name", "box", "--detach-keys", "ctrl-a,x", "base:1", ...reader)
    await first.shows("ready")
    first.type(`${detach}\n`)
    await first.shows("^P")
    first.type("\u0001x")
    expect(await first.ended).toBe(0)
    const second = at("attach", "--detach-keys", "q,q", "box")
    second.type("here\n")
    await second.shows("heard here")
    second.type("qq")
    expect(await second.ended).toBe(1)
    await k.ok(["kill", "box"])
    const third = at("start", "-ai", "--detach-keys", "ctrl-@", "box")
    await third.shows("ready")
    third.type("\u0000")
    expect(await third.ended).toBe(0)
    expect(await states()).toBe("box running")
    const refused = at("attach", "--detach-keys", "ctrl-!", "box")
    expect(await refused.ended).toBe(1)
    await refused.shows("invalid detach keys (ctrl-!)")
  })

  when(caller === root)("attach draws the screen anew without a key", async () => {
    await k.ok(["run", "-dit", "--network", "none", "--name", "box", "base:1", "sh", "-c", drawing])
    await k.ok(["exec", "box", "sh", "-c", "while [ ! -e /ready ]; do sleep 0.05; done"])
    const terminal = at("attach", "box")
    await terminal.shows("drawn at 30 100")
  })

  it("exec -it: a terminal of its own, its size, its exit code, and the way out of it", async () => {
    await k.ok(["run", "-dit", "--network", "none", "--name", "box", "base:1", "sh"])
    const terminal = at("exec", "-it", "box", "sh")
    const before = terminal.settings()
    terminal.type("tty; stty size\n")
    await terminal.shows("/dev/pts/1\r\n30 100\r\n")
    terminal.resize({ rows: 20, columns: 60 })
    terminal.type(
      "while [ \"$(stty size)\" != '20 60' ]; do sleep 0.05; done; echo it$((6 * 7))fits; exit 9\n"
    )
    await terminal.shows("it42fits")
    expect(await terminal.ended).toBe(9)
    expect(terminal.settings()).toBe(before)

    const left = at("exec", "-it", "box", ...reader)
    await left.shows("ready")
    left.type(detach)
    expect(await left.ended).toBe(1)
    expect(left.written()).toMatch(/read escape sequence\r\n$/)
    expect(left.settings()).toBe(before)
  })

  it("is put back when a signal ends who made it raw", async () => {
    await k.ok(["run", "-dit", "--network", "none", "--name", "box", "base:1", "sh"])
    for (const [signal, code] of [
      ["SIGTERM", 143],
      ["SIGHUP", 129]
    ] as const) {
      const terminal = at("exec", "-it", "box", ...reader)
      const before = terminal.settings()
      await terminal.shows("ready")
      terminal.type("raw\n")
      await terminal.shows("heard raw")
      expect(terminal.settings()).not.toBe(before)
      terminal.kill(signal)
      expect(await terminal.ended).toBe(code)
      expect(terminal.settings()).toBe(before)
    }
    const attached = at("attach", "box")
    attached.type("echo $((1 + 1))there\n")
    await attached.shows("2there")
    attached.kill("SIGTERM")
    expect(await attached.ended).toBe(143)
    expect(await states()).toBe("box running")
  })

  when(caller === root)(
    "--sig-proxy: ctrl-c and signals are the container's, or the command's own",
    async () => {
      const typed = at("run", "--rm", "--network", "none", "base:1", ...listener("INT"))
      await typed.shows("ready")
      typed.type(interrupt)
      await typed.shows("got INT")
      expect(await typed.ended).toBe(4)
      const sent = run("--rm", "base:1", ...listener("TERM"))
      await sent.shows("ready")
      sent.kill("SIGTERM")
      await sent.shows("got TERM")
      expect(await sent.ended).toBe(4)

      const deaf = at(
        "run",
        "--name",
        "box",
        "--sig-proxy=false",
        "--network",
        "none",
        "base:1",
        ...listener("INT")
      )
      await deaf.shows("ready")
      deaf.type(interrupt)
      expect(await deaf.ended).toBe(130)
      expect(await states()).toBe("box running")
      const apart = at("attach", "--sig-proxy=false", "box")
      const attached = at("attach", "box")
      await Promise.all([apart.shows("ready"), attached.shows("ready")])
      apart.type(interrupt)
      expect(await apart.ended).toBe(130)
      attached.type(interrupt)
      await attached.shows("got INT")
      expect(await attached.ended).toBe(4)
    }
  )

  when(caller === root)(
    "input without one: what is typed before the command runs arrives; it ends with the first who types, or with nobody",
    async () => {
      await k.ok(["create", "-i", "--network", "none", "--name", "made", "base:1", "cat"])
      expect(await k.run(["start", "-ai", "made"], { input: "early" })).toMatchObject({
        code: 0,
        stdout: "early"
      })
      await k.ok([
        "run",
        "-di",
        "--network",
        "none",
        "--name",
        "left",
        "base:1",
        "sh",
        "-c",
        "read a; read b; echo $a $b"
      ])
      const visitor = k.start(["attach", "left"], { stdio: ["pipe", "ignore", "inherit"] })
      visitor.stdin?.end("one\n")
      const last = k.start(["attach", "left"], { stdio: ["pipe", "ignore", "inherit"] })
      last.stdin?.end("two\n")
      expect(await k.ok(["wait", "left"])).toBe("0\n")
      expect((await k.ok(["logs", "left"])).trim().split(" ").sort()).toEqual(["one", "two"])
      expect(
        await k.ok(["inspect", "-f", "{{.Config.StdinOnce}} {{.Config.AttachStdin}}", "made", "left"])
      ).toBe("true true\nfalse false\n")
    }
  )

  when(caller === root)("is asked for where a container with one is typed to", async () => {
    await k.ok(["run", "-dit", "--network", "none", "--name", "box", "base:1", "sh"])
    const refused = { stdout: "", stderr: expect.stringContaining("the input device is not a TTY") }
    expect(await k.run(["attach", "box"])).toMatchObject({ ...refused, code: 1 })
    expect(await k.run(["exec", "-it", "box", "sh"])).toMatchObject({ ...refused, code: 1 })
    expect(await k.run(["run", "-it", "base:1", "sh"])).toMatchObject({ ...refused, code: 1 })
    expect(await states()).toBe("box running")
  })
})

/** Draws whenever the size of its terminal changes; a file tells when it listens. */
const drawing = "trap 'echo drawn at $(stty size)' WINCH; > /ready; while :; do sleep 0.05; done"
