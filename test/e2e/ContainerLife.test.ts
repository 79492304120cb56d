import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"
import { when } from "../support/When.js"

/** The life of a container, from create to rm, with the real command line. */

const ordinary = process.getuid?.() === 0 ? Unprivileged.create() : undefined
const callers: ReadonlyArray<Caller> = ordinary === undefined ? [root] : [root, ordinary]
if (ordinary === undefined) console.warn("lifecycle as another user: skipped, making that user needs root")
afterAll(() => ordinary?.remove())

/** Waits until `check` gives true; the test fails when that takes longer than a loaded machine could explain. */
const until = async (what: string, check: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 10_000
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The processes whose command line `matches`. */
const processes = (matches: (words: ReadonlyArray<string>) => boolean): ReadonlyArray<number> =>
  fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return matches(fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"))
      } catch {
        return false
      }
    })
    .map(Number)

/** Prints a line, and another one as soon as /go is there; ends by itself at a SIGTERM. */
const talker =
  "trap 'exit 3' TERM; echo one; while [ ! -e /go ]; do sleep 0.05; done; echo two; sleep 60 & wait"

describe.each(callers)("a container's life as $label", (caller) => {
  let dir: string
  let k: Kasane

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-life")
    k = kasane(caller, path.join(dir, "store"))
    await k.ok(["import", RootFs.tar(dir), "base:1"])
  })
  const removeAll = async (): Promise<void> => {
    const ids = (await k.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
    if (ids.length > 0) await k.ok(["rm", "-f", ...ids])
  }
  afterEach(removeAll)
  afterAll(async () => {
    await k.run(["system", "prune", "--all", "--volumes", "--force"])
    fs.rmSync(dir, { recursive: true, force: true })
  })

  const sh = (...words: ReadonlyArray<string>) => {
    const script = words.at(-1) ?? ""
    return k.ok(["run", "--rm", ...words.slice(0, -1), "base:1", "sh", "-c", script])
  }
  const detached = (name: string, ...command: ReadonlyArray<string>) =>
    k.ok(["run", "-d", "--name", name, "base:1", ...command])
  const inspected = async (format: string, name: string) =>
    (await k.ok(["inspect", "-f", format, name])).trim()

  describe("exit codes", () => {
    it.each([
      [42, ["base:1", "sh", "-c", "exit 42"], ""],
      [137, ["--init", "base:1", "sh", "-c", "kill -9 $$"], ""],
      [127, ["base:1", "no-such-program"], "executable file not found in $PATH"],
      [126, ["base:1", "/etc"], "/etc"],
      [125, ["--no-such-flag", "base:1", "true"], "unknown flag: --no-such-flag"]
    ])("%i: run %j", async (code, words, message) => {
      const result = await k.run(["run", "--rm", ...words])
      expect(result).toMatchObject({ code, stderr: expect.stringContaining(message) })
    })

    it("an image without a command is refused with 125", async () => {
      const result = await k.run(["run", "--rm", "base:1"])
      expect(result).toMatchObject({ code: 125, stderr: expect.stringMatching(/no command specified/i) })
    })
  })

  describe("what a process gets", () => {
    it("-i passes standard input through, whole", async () => {
      const input = "line\n".repeat(50_000)
      const result = await k.run(["run", "--rm", "-i", "base:1", "wc", "-c"], { input })
      expect(result).toMatchObject({ code: 0, stdout: `${input.length}\n` })
      expect((await k.run(["run", "--rm", "base:1", "cat"], { input: "unheard" })).stdout).toBe("")
    })

    it("standard output and standard error stay apart", async () => {
      const result = await k.run(["run", "--rm", "base:1", "sh", "-c", "echo out; echo err >&2"])
      expect(result).toEqual({ code: 0, stdout: "out\n", stderr: "err\n" })
    })

    it("-e, --env-file, -w, -h", async () => {
      fs.writeFileSync(path.join(dir, "env"), "# a comment\nFILED=from file\n")
      fs.chmodSync(path.join(dir, "env"), 0o644)
      const script = 'echo "$GIVEN/$FILED/$PWD/$(hostname)"'
      const words = ["-e", "GIVEN=a b", "--env-file", path.join(dir, "env"), "-w", "/var/tmp", "-h", "box"]
      expect(await sh(...words, script)).toBe("a b/from file//var/tmp/box\n")
    })

    it("-u takes names and numbers", async () => {
      expect(await sh("-u", "user", "id -u; id -g; id -G")).toBe("1000\n1000\n1000 50\n")
      expect(await sh("-u", "1:50", "id -u; id -g")).toBe("1\n50\n")
    })

    it("--read-only refuses writes, but for --tmpfs", async () => {
      const script = "touch /file 2>/dev/null || echo refused; echo kept > /scratch/file; cat /scratch/file"
      expect(await sh("--read-only", "--tmpfs", "/scratch", script)).toBe("refused\nkept\n")
    })

    it("-v binds a directory of the host, and :ro protects it", async () => {
      const host = await scratch(caller, "kasane-bind")
      await sh("-v", `${host}:/host`, "echo written > /host/file")
      expect(fs.readFileSync(path.join(host, "file"), "utf8")).toBe("written\n")
      expect(await sh("-v", `${host}:/host:ro`, "rm -f /host/file 2>/dev/null || cat /host/file")).toBe(
        "written\n"
      )
      fs.rmSync(host, { recursive: true })
    })

    it("a named volume outlives its container", async () => {
      await sh("-v", "kept:/data", "echo kept > /data/file")
      expect(await sh("-v", "kept:/data", "cat /data/file")).toBe("kept\n")
      await k.ok(["volume", "rm", "kept"])
    })

    it("--init runs the command as a child of process 1", async () => {
      expect(await sh("echo $$")).toBe("1\n")
      expect(Number(await sh("--init", "echo $$"))).toBeGreaterThan(1)
      expect((await k.run(["run", "--rm", "--init", "base:1", "sh", "-c", "exit 9"])).code).toBe(9)
    })
  })

  describe("a detached container", () => {
    it("ps shows it; logs follows it to its end; stop ends it; rm takes it away", async () => {
      const id = (await detached("talker", "sh", "-c", talker)).trim()
      expect(id).toMatch(/^[0-9a-f]{64}$/)
      expect(await k.ok(["ps", "--format", "{{.ID}} {{.Names}} {{.Image}} {{.State}}"])).toBe(
        `${id.slice(0, 12)} talker base:1 running\n`
      )
      const follow = k.run(["logs", "-f", id.slice(0, 6)])
      await until("the first line", async () => (await k.ok(["logs", "talker"])) === "one\n")
      await k.ok(["exec", "talker", "touch", "/go"])
      await until("the second line", async () => (await k.ok(["logs", "talker"])) === "one\ntwo\n")
      expect(await k.ok(["logs", "--tail", "1", "talker"])).toBe("two\n")
      expect(await k.ok(["logs", "-t", "--tail", "1", "talker"])).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z two\n$/
      )
      const refused = await k.run(["rm", "talker"])
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("container is running") })
      expect(await k.ok(["stop", "talker"])).toBe("talker\n")
      expect(await follow).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" })
      expect(await inspected("{{.State.Status}} {{.State.ExitCode}}", "talker")).toBe("exited 3")
      expect(await k.ok(["ps", "-q"])).toBe("")
      expect(await k.ok(["ps", "-a", "--format", "{{.Status}}"])).toMatch(/^Exited \(3\) /)
      expect(await k.ok(["rm", "talker"])).toBe("talker\n")
      expect(await k.ok(["ps", "-aq"])).toBe("")
    })

    it("stop kills what will not hear, with 137; a default SIGTERM gives 143", async () => {
      await detached("deaf", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
      await k.ok(["stop", "-t", "0", "deaf"])
      expect(await inspected("{{.State.ExitCode}}", "deaf")).toBe("137")
      await k.ok(["run", "-d", "--init", "--name", "plain", "base:1", "sleep", "60"])
      await k.ok(["stop", "plain"])
      expect(await inspected("{{.State.ExitCode}}", "plain")).toBe("143")
    })

    it("kill -s sends any signal; wait tells the exit code", async () => {
      await detached("signalled", "sh", "-c", "trap 'exit 7' USR1; echo ready; sleep 60 & wait")
      await until("the trap", async () => (await k.ok(["logs", "signalled"])) === "ready\n")
      const waiting = k.ok(["wait", "signalled"])
      expect(await k.ok(["kill", "-s", "USR1", "signalled"])).toBe("signalled\n")
      expect(await waiting).toBe("7\n")
      await detached("killed", "sleep", "60")
      await k.ok(["kill", "killed"])
      expect(await k.ok(["wait", "killed"])).toBe("137\n")
      expect(await k.run(["kill", "killed"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("is not running")
      })
    })

    it("exec: exit code, environment, user, directory, standard input", async () => {
      await k.ok(["run", "-d", "-e", "OUTER=outer", "--name", "host", "base:1", "sleep", "60"])
      const exec = (...words: ReadonlyArray<string>) => k.run(["exec", ...words])
      expect((await exec("host", "sh", "-c", "exit 5")).code).toBe(5)
      expect((await exec("host", "no-such-program")).code).toBe(127)
      expect((await exec("-e", "INNER=inner", "host", "sh", "-c", "echo $OUTER $INNER")).stdout).toBe(
        "outer inner\n"
      )
      expect((await exec("-u", "user", "-w", "/tmp", "host", "sh", "-c", "id -u; pwd")).stdout).toBe(
        "1000\n/tmp\n"
      )
      expect((await k.run(["exec", "-i", "host", "cat"], { input: "heard" })).stdout).toBe("heard")
      await k.ok(["kill", "host"])
      expect(await exec("host", "true")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("is not running")
      })
    })

    // What an ordinary user has of control groups is Delegated.test.ts's.
    when(caller === root)("pause and unpause", async () => {
      await detached("frozen", "sleep", "60")
      await k.ok(["pause", "frozen"])
      expect(await inspected("{{.State.Status}}", "frozen")).toBe("paused")
      expect(await k.ok(["ps", "--format", "{{.Status}}"])).toMatch(/\(Paused\)\n$/)
      await k.ok(["unpause", "frozen"])
      expect(await inspected("{{.State.Status}}", "frozen")).toBe("running")
      await k.ok(["pause", "frozen"])
      await k.ok(["kill", "frozen"])
      expect(await inspected("{{.State.Status}} {{.State.ExitCode}}", "frozen")).toBe("exited 137")
      await k.ok(["start", "frozen"])
      await k.ok(["pause", "frozen"])
      await k.ok(["rm", "-f", "frozen"])
    })
  })

  describe("made first, started later", () => {
    it("start -a shows the output and gives the exit code, each time", async () => {
      await k.ok(["create", "--name", "made", "base:1", "sh", "-c", "echo again; exit 6"])
      expect(await inspected("{{.State.Status}}", "made")).toBe("created")
      for (const _ of [1, 2]) {
        expect(await k.run(["start", "-a", "made"])).toEqual({ code: 6, stdout: "again\n", stderr: "" })
      }
      expect(await k.ok(["logs", "made"])).toBe("again\nagain\n")
    })

    it("names: rename, conflicts, prefixes of ids, what is not there", async () => {
      const id = (await k.ok(["create", "--name", "first", "base:1", "true"])).trim()
      await k.ok(["rename", "first", "second"])
      expect(await inspected("{{.Name}}", id.slice(0, 8))).toBe("/second")
      const conflict = `The container name "/second" is already in use by container "${id}"`
      expect(await k.run(["create", "--name", "second", "base:1", "true"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(conflict)
      })
      expect(await k.run(["run", "--name", "second", "base:1", "true"])).toMatchObject({
        code: 125,
        stderr: expect.stringContaining(conflict)
      })
      expect(await k.run(["start", "first"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("No such container: first")
      })
    })
  })

  it("all that was written to a terminal is seen, however soon the container ends", async () => {
    const lines = "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done"
    for (let round = 0; round < 12; round++) {
      const seen = await k.ok(["run", "--rm", "-t", "--network", "host", "base:1", "sh", "-c", lines])
      expect(seen.split("\r\n")).toHaveLength(101)
    }
  })

  describe("when a process of kasane's dies", () => {
    it("the container of a killed foreground run goes on, and can be stopped", async () => {
      const child = k.start(["run", "--init", "--name", "orphan", "base:1", "sleep", "60"], {
        stdio: "ignore"
      })
      await until("the container", async () => (await k.ok(["ps", "-q"])) !== "")
      const closed = new Promise((resolve) => child.on("close", resolve))
      child.kill("SIGKILL")
      await closed
      expect(await k.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("orphan running\n")
      expect((await k.run(["exec", "orphan", "true"])).code).toBe(0)
      await k.ok(["stop", "orphan"])
      expect(await inspected("{{.State.Status}}", "orphan")).toBe("exited")
    })

    it("a killed supervisor is replaced by the next command; the logs go on", async () => {
      await detached("kept", "sh", "-c", talker)
      await until("the first line", async () => (await k.ok(["logs", "kept"])) === "one\n")
      const supervisors = processes(
        (words) => words.includes("supervise") && words.some((w) => w.includes(k.root))
      )
      expect(supervisors.length).toBeGreaterThan(0)
      for (const pid of supervisors) process.kill(pid, "SIGKILL")
      expect(await k.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("kept running\n")
      await k.ok(["exec", "kept", "touch", "/go"])
      await until("the second line", async () => (await k.ok(["logs", "kept"])) === "one\ntwo\n")
      await k.ok(["stop", "kept"])
      expect(await inspected("{{.State.Status}}", "kept")).toBe("exited")
    })
  })

  it("five at once, and nothing of them is left after rm -f", async () => {
    const names = [1, 2, 3, 4, 5].map((number) => `five${number}`)
    const ids = await Promise.all(names.map((name) => detached(name, "sleep", "60")))
    expect((await k.ok(["ps", "-q", "--no-trunc"])).split("\n").sort()).toEqual(
      ["", ...ids.map((id) => id.trim())].sort()
    )
    await k.ok(["rm", "-f", ...names])
    expect(await k.ok(["ps", "-aq"])).toBe("")
    await until(
      "no process of the store",
      () => processes((words) => words.some((w) => w.includes(dir))).length === 0
    )
    expect(fs.readFileSync("/proc/self/mounts", "utf8")).not.toContain(dir)
    expect(fs.readdirSync(path.join(k.root, "containers"))).toEqual(["names"])
    expect(fs.readdirSync(path.join(k.root, "containers/names"))).toEqual([])
    const groups = fs.readdirSync("/sys/fs/cgroup").flatMap((name) => {
      const kept = path.join("/sys/fs/cgroup", name, "kasane")
      return fs.existsSync(kept) ? fs.readdirSync(kept) : []
    })
    expect(groups.filter((name) => ids.some((id) => name.includes(id.trim())))).toEqual([])
  })
})
