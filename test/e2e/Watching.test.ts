import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

/** What is told of containers while they run, and what the supervisor does about them. Texts and shapes are docker's. */

const isRoot = process.getuid?.() === 0

/** The file of a container's memory limit as it sees it itself, v1 or v2. */
const limitFiles = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null"
const pidsFiles = "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null"

describe.skipIf(!isRoot)("what is told of containers", { timeout: 120_000 }, () => {
  let dir: string
  let k: Kasane

  beforeAll(async () => {
    dir = await scratch(root, "kasane-watching")
    k = kasane(root, path.join(dir, "store"))
    await k.ok(["import", RootFs.tar(dir), "base:1"])
  })
  afterEach(async () => {
    const ids = (await k.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
    if (ids.length > 0) await k.ok(["rm", "-f", ...ids])
  })
  afterAll(() => fs.rmSync(dir, { recursive: true, force: true }))

  const detached = (name: string, flags: ReadonlyArray<string>, script: string) =>
    k.ok(["run", "-d", "--network", "host", "--name", name, ...flags, "base:1", "sh", "-c", script])
  const inspected = async (name: string, format: string) =>
    (await k.ok(["inspect", "-f", format, name])).trim()
  const idle = "while :; do sleep 0.1; done"

  describe("stats", () => {
    it("--no-stream is a table, JSON or a template; a name that is not there is an error", async () => {
      const id = (await detached("seen", ["-m", "64m"], idle)).trim()
      const once = (...words: ReadonlyArray<string>) => k.ok(["stats", "--no-stream", ...words])
      const [table, json, filled] = await Promise.all([
        once("seen"),
        once("--format", "json", "seen"),
        once("--no-trunc", "--format", "{{.ID}} {{.Name}} {{.PIDs}}", "seen")
      ])
      const [title, row, ...rest] = table.split("\n")
      expect(title?.trimEnd().split(/ {2,}/)).toEqual(
        "CONTAINER ID,NAME,CPU %,MEM USAGE / LIMIT,MEM %,NET I/O,BLOCK I/O,PIDS".split(",")
      )
      expect(row).toMatch(
        new RegExp(`^${id.slice(0, 12)} +seen +\\d+\\.\\d\\d% +[\\d.]+[KM]?i?B / 64MiB +\\d+\\.\\d\\d% `)
      )
      expect(rest).toEqual([""])
      expect(JSON.parse(json)).toEqual({
        BlockIO: expect.stringMatching(/B \/ [\d.]+[kM]?B$/),
        CPUPerc: expect.stringMatching(/^\d+\.\d\d%$/),
        Container: "seen",
        ID: id.slice(0, 12),
        MemPerc: expect.stringMatching(/^\d+\.\d\d%$/),
        MemUsage: expect.stringMatching(/ \/ 64MiB$/),
        Name: "seen",
        NetIO: expect.stringMatching(/B \/ [\d.]+[kMG]?B$/),
        PIDs: expect.stringMatching(/^[12]$/)
      })
      expect(filled).toMatch(new RegExp(`^${id} seen [12]\n$`))
      expect(await k.run(["stats", "--no-stream", "nope"])).toMatchObject({
        code: 1,
        stderr: "Error: No such container: nope\n"
      })
    })

    it("goes on until it is left: draws over what it drew, and sees what comes and goes", async () => {
      await detached("first", [], idle)
      const live = k.start(["stats", "--format", "{{.Name}}"], { stdio: ["ignore", "pipe", "inherit"] })
      const ended = new Promise((resolve) => live.on("close", resolve))
      const seen = { text: "" }
      const shows = (what: string) =>
        new Promise<void>((resolve) => {
          const look = () => {
            if (!seen.text.split("\x1b[H").at(-1)?.includes(what)) return
            live.stdout?.off("data", look)
            resolve()
          }
          live.stdout?.on("data", look)
        })
      live.stdout?.on("data", (chunk: Buffer) => {
        seen.text += chunk.toString("utf8")
      })
      await shows("first")
      await detached("second", [], idle)
      await shows("second")
      live.kill("SIGINT")
      await ended
      expect(seen.text).toMatch(/^\x1b\[Hfirst \x1b\[K\n/)
      expect(seen.text).toContain("\x1b[J")
    })
  })

  describe("update", () => {
    it("is in force at once, kept for the next start, shown by inspect; refusals change nothing", async () => {
      await detached("limited", ["-m", "64m"], idle)
      const limits = async () =>
        (await k.run(["exec", "limited", "sh", "-c", `${limitFiles}; ${pidsFiles}`])).stdout.split("\n")
      expect((await limits())[0]).toBe("67108864")
      expect(
        await k.ok(["update", "-m", "128m", "--memory-swap", "128m", "--pids-limit", "77", "limited"])
      ).toBe("limited\n")
      const now = ["134217728", "77", ""]
      expect(await limits()).toEqual(now)
      const kept = "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}}"
      expect(await inspected("limited", kept)).toBe("134217728 134217728 77")
      expect(await k.run(["update", "-m", "1m", "limited"])).toMatchObject({
        code: 1,
        stderr: "Error: Minimum memory limit allowed is 6MB\n"
      })
      expect(await k.run(["update", "limited"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("you must provide one or more flags when using this command")
      })
      await k.ok(["restart", "-t", "0", "limited"])
      expect(await limits()).toEqual(now)
      await k.ok(["update", "--restart", "on-failure:4", "limited"])
      expect(await inspected("limited", "{{json .HostConfig.RestartPolicy}}")).toBe(
        '{"Name":"on-failure","MaximumRetryCount":4}'
      )
    })
  })

  it("a container that used up its memory is told as docker does: 137, OOMKilled, the event", async () => {
    const since = String(Date.now() / 1000 - 1)
    const hungry = ["-m", "16m", "--memory-swap", "16m"]
    await detached("hungry", hungry, "a=x; while :; do a=$a$a; done")
    expect(await k.ok(["wait", "hungry"])).toBe("137\n")
    expect(await inspected("hungry", "{{.State.Status}} {{.State.OOMKilled}} {{.State.ExitCode}}")).toBe(
      "exited true 137"
    )
    const told = ["events", "--since", since, "--until", "0s", "--format", "{{.Action}}"]
    expect((await k.ok([...told, "--filter", "container=hungry"])).split("\n")).toEqual(
      expect.arrayContaining(["create", "start", "oom", "die"])
    )
  })

  describe("health", () => {
    const check = 'test ! -e /bad; r=$?; echo "checked $r"; exit $r'
    const flags = ["--health-cmd", check, "--health-interval", "50ms", "--health-retries", "2"]

    it("starting, healthy, unhealthy, healthy again: inspect, ps, wait and events tell it", async () => {
      const since = String(Date.now() / 1000 - 1)
      await detached("patient", flags, idle)
      expect(await k.ok(["wait", "--condition", "healthy", "patient"])).toBe("-1\n")
      expect(await k.ok(["ps", "--format", "{{.Status}}"])).toMatch(/^Up .* \(healthy\)\n$/)
      expect(await k.ok(["ps", "--filter", "health=unhealthy", "-q"])).toBe("")
      await k.ok(["exec", "patient", "touch", "/bad"])
      await k.ok(["wait", "--condition", "unhealthy", "patient"])
      expect(await k.ok(["ps", "--filter", "health=unhealthy", "--format", "{{.Status}}"])).toMatch(
        /^Up .* \(unhealthy\)\n$/
      )
      const health = JSON.parse(await inspected("patient", "{{json .State.Health}}"))
      expect(health).toMatchObject({ Status: "unhealthy", FailingStreak: expect.any(Number) })
      expect(health.FailingStreak).toBeGreaterThanOrEqual(2)
      expect(health.Log.length).toBeLessThanOrEqual(5)
      expect(health.Log.at(-1)).toEqual({
        Start: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        End: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        ExitCode: 1,
        Output: "checked 1\n"
      })
      await k.ok(["exec", "patient", "rm", "/bad"])
      await k.ok(["wait", "--condition", "healthy", "patient"])
      await k.ok(["stop", "-t", "0", "patient"])
      // Nobody looks any more.
      expect(await inspected("patient", "{{.State.Health.Status}}")).toBe("unhealthy")
      const told = ["events", "--since", since, "--until", "0s", "--filter", "event=health_status"]
      expect(
        (await k.ok([...told, "--filter", "container=patient", "--format", "{{.Action}}"])).split("\n")
      ).toEqual(["health_status: healthy", "health_status: unhealthy", "health_status: healthy", ""])
    })

    it("a check that takes too long has failed; one that hangs is killed", async () => {
      const slow = ["--health-cmd", "echo begun; sleep 1000", "--health-timeout", "200ms"]
      await detached("slow", [...slow, "--health-interval", "50ms", "--health-retries", "1"], idle)
      await k.ok(["wait", "--condition", "unhealthy", "slow"])
      const [first] = JSON.parse(await inspected("slow", "{{json .State.Health.Log}}"))
      expect(first).toMatchObject({ ExitCode: -1, Output: "Health check exceeded timeout (200ms)" })
      expect((await k.ok(["top", "slow"])).match(/sleep 1000/g)?.length ?? 0).toBeLessThanOrEqual(1)
    })

    it("a restart by policy begins with health anew", async () => {
      const policy = ["--restart", "on-failure:1", "--health-start-period", "1m"]
      const script = "while [ ! -e /die ]; do sleep 0.05; done; rm /die; exit 4"
      await detached("again", [...flags, ...policy, "--health-start-interval", "50ms"], script)
      await k.ok(["wait", "--condition", "healthy", "again"])
      await k.ok(["exec", "again", "sh", "-c", "touch /bad /die"])
      for (let count = 0; count < 1; ) count = Number(await inspected("again", "{{.RestartCount}}"))
      await k.ok(["wait", "--condition", "running", "again"])
      // Within the start period failures do not count.
      expect(await inspected("again", "{{.RestartCount}} {{.State.Health.Status}}")).toBe("1 starting")
    })

    it("flags are kept in the configuration; what cannot be is refused in docker's words", async () => {
      const all = ["--health-timeout", "2s", "--health-start-period", "3s", "--health-start-interval", "1s"]
      await k.ok(["create", "--name", "kept", ...flags, ...all, "base:1", "true"])
      expect(JSON.parse(await inspected("kept", "{{json .Config.Healthcheck}}"))).toEqual({
        Test: ["CMD-SHELL", check],
        Interval: 50e6,
        Timeout: 2e9,
        StartPeriod: 3e9,
        StartInterval: 1e9,
        Retries: 2
      })
      await k.ok(["create", "--name", "none", "--no-healthcheck", "base:1", "true"])
      expect(await inspected("none", "{{json .Config.Healthcheck}} {{json .State.Health}}")).toBe(
        '{"Test":["NONE"]} null'
      )
      for (const [words, message] of [
        [["--no-healthcheck", "--health-cmd", "true"], "--no-healthcheck conflicts with --health-* options"],
        [["--health-retries", "-1"], "--health-retries cannot be negative"],
        [["--health-interval", "-1s"], "--health-interval cannot be negative"],
        [["--health-timeout", "1us"], "Timeout in Healthcheck cannot be less than 1ms"]
      ] as const)
        expect(await k.run(["run", ...words, "base:1", "true"])).toMatchObject({
          code: 125,
          stderr: expect.stringContaining(message)
        })
    })
  })

  describe("restart policies", () => {
    it("on-failure counts; always comes back also after success; a stop is a stop", async () => {
      await detached("failing", ["--restart", "on-failure:2"], "echo try; exit 3")
      await detached("fine", ["--restart", "on-failure:2"], "exit 0")
      await detached("always", ["--restart", "always"], "exit 0")
      await detached("unless", ["--restart", "unless-stopped"], idle)
      expect(await k.ok(["logs", "-f", "failing"])).toBe("try\ntry\ntry\n")
      expect(await inspected("failing", "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}")).toBe(
        "exited 3 2"
      )
      expect(await k.ok(["wait", "fine"])).toBe("0\n")
      expect(await inspected("fine", "{{.State.Status}} {{.RestartCount}}")).toBe("exited 0")
      for (let count = 0; count < 2; ) count = Number(await inspected("always", "{{.RestartCount}}"))
      await k.ok(["stop", "-t", "0", "always", "unless"])
      expect(await k.ok(["ps", "-q"])).toBe("")
      expect(await k.ok(["ps", "-a", "--filter", "status=restarting", "-q"])).toBe("")
      await k.ok(["start", "unless"])
      await k.ok(["exec", "unless", "sh", "-c", "kill -9 -1 || true"])
      await k.ok(["wait", "--condition", "running", "unless"])
    })

    it.each([
      [["--restart", "always:3"], "maximum retry count can only be used with 'on-failure'"],
      [["--restart", "sometimes"], "invalid restart policy"],
      [["--restart", "on-failure:-1"], "maximum retry count cannot be negative"],
      [["--rm", "--restart", "always"], "conflicting options: cannot specify both --restart and --rm"]
    ])("refuses %j", async (words, message) => {
      expect(await k.run(["run", "-d", ...words, "base:1", "true"])).toMatchObject({
        code: 125,
        stderr: expect.stringContaining(message)
      })
    })
  })

  describe("events and wait", () => {
    it("a life in order, in docker's words, as a template, a line and JSON", async () => {
      const since = String(Date.now() / 1000)
      await k.ok(["run", "--name", "one", "--network", "host", "-l", "a=b", "base:1", "true"])
      const id = (await detached("two", [], idle)).trim()
      for (const words of [
        ["pause", "two"],
        ["unpause", "two"],
        ["rename", "two", "three"],
        ["exec", "three", "true"],
        ["kill", "three"],
        ["rm", "three"]
      ])
        await k.ok(words)
      const past = ["events", "--since", since, "--until", "0s", "--filter", "type=container"]
      const shown = await k.ok([
        ...past,
        "--format",
        "{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}"
      ])
      expect(shown.split("\n").filter((line) => !line.startsWith("attach"))).toEqual([
        "create one <no value>",
        "start one <no value>",
        "die one 0",
        "create two <no value>",
        "start two <no value>",
        "pause two <no value>",
        "unpause two <no value>",
        "rename three <no value>",
        // As Docker tells it: the command, a space, its arguments.
        "exec_create: true  three <no value>",
        "exec_start: true  three <no value>",
        "exec_die three 0",
        "kill three <no value>",
        "die three 137",
        "destroy three <no value>",
        ""
      ])
      const dies = [...past, "--filter", "event=die"]
      expect(await k.ok([...dies, "--filter", "container=one"])).toMatch(
        /^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}\S+ container die [0-9a-f]{64} \(a=b, execDuration=\d+, exitCode=0, image=base:1, name=one\)\n$/
      )
      const json = JSON.parse(await k.ok([...dies, "--filter", `container=${id}`, "--format", "json"]))
      expect(json).toMatchObject({
        status: "die",
        id,
        from: "base:1",
        Type: "container",
        Action: "die",
        Actor: { ID: id, Attributes: { exitCode: "137", image: "base:1", name: "three" } },
        scope: "local",
        time: expect.any(Number),
        timeNano: expect.any(Number)
      })
    })

    it("wait gives the code of the end that it waits for, and -1 for what has none", async () => {
      await detached("ending", ["--rm"], "while [ ! -e /go ]; do sleep 0.05; done; exit 5")
      const waiting = ["not-running", "next-exit", "removed"].map((condition) =>
        k.ok(["wait", "--condition", condition, "ending"])
      )
      expect(await k.ok(["wait", "--condition", "running", "ending"])).toBe("-1\n")
      // Those who wait must have looked before it is gone.
      await k.ok(["exec", "ending", "sh", "-c", "sleep 1; touch /go"])
      expect(await Promise.all(waiting)).toEqual(["5\n", "5\n", "5\n"])
      expect(await k.run(["wait", "--condition", "sometime", "x1"])).toMatchObject({ code: 125 })
      expect(await k.run(["wait", "nope"])).toMatchObject({
        code: 1,
        stderr: "Error: No such container: nope\n"
      })
    })
  })
})
