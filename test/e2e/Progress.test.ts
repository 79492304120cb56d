import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { executable, greeting } from "../../src/core/program/Hello.js"
import * as Kasane from "../support/Kasane.js"
import { onTerminal } from "../support/Pty.js"
import { Screen } from "../support/Screen.js"

const isRoot = process.getuid?.() === 0
if (!isRoot) console.log("progress: skipped, builds on this host's terminal are tried as root")

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-progress-"))
const store = path.join(directory, "store")
const kasane = Kasane.kasane(Kasane.root, store)
const size = { columns: 70, rows: 12 }
const bare = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(KASANE_PROGRESS|BUILDKIT_PROGRESS|NO_COLOR|TERM)$/.test(name)
  )
)
const env = { ...bare, KASANE_ROOT: store, TERM: "xterm" }

/** `kasane build` of a Dockerfile with a program in its context, on a terminal. */
const build = (dockerfile: string, ...flags: ReadonlyArray<string>) => {
  fs.writeFileSync(path.join(directory, "context/Dockerfile"), dockerfile)
  const argv = [
    process.execPath,
    "--",
    Kasane.program,
    "build",
    ...flags,
    path.join(directory, "context")
  ] as const
  return onTerminal(argv, size, env)
}
const architecture = process.arch === "arm64" ? "arm64" : "amd64"
const times = (line: string) => line.replace(/\d+\.\ds/g, "TIME").replace(/ +TIME/, " TIME")
const screenOf = (text: string) => new Screen(size.columns, size.rows).write(text).lines.map(times)

describe.runIf(isRoot)("the progress of a build", { timeout: 60_000 }, () => {
  beforeAll(() => {
    fs.mkdirSync(path.join(directory, "context"))
    fs.writeFileSync(path.join(directory, "context/hello"), executable(greeting, architecture), {
      mode: 0o755
    })
  })
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }))

  it("on a terminal is drawn in place and ends with a summary", async () => {
    const running = build('FROM scratch\nCOPY hello /\nENV A=b\nRUN ["/hello"]\n', "-t", "shown")
    expect(await running.ended).toBe(0)
    const lines = screenOf(running.written())
    expect(lines.slice(0, -2)).toEqual([
      "[+] Building TIME (4/4) FINISHED",
      " => [internal] load build context TIME",
      " => [internal] look up images TIME",
      " => [1/4] FROM scratch TIME",
      " => [2/4] COPY hello / TIME",
      ' => [4/4] RUN ["/hello"] TIME'
    ])
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(/^Successfully built [0-9a-f]{12}$/),
      "Successfully tagged shown:latest"
    ])
    expect(running.written()).not.toContain("Step 1/4")
  })

  it("of a failure shows the step, what it said, and the reason", async () => {
    const running = build('FROM scratch\nCOPY hello /\nRUN ["/hello", "again"]\nRUN ["/nope"]\n')
    expect(await running.ended).not.toBe(0)
    const lines = screenOf(running.written())
    expect(lines[0]).toBe("[+] Building TIME (3/4) FAILED")
    expect(lines).toContain(' => ERROR [4/4] RUN ["/nope"] TIME')
    expect(lines.slice(-3).join(" ")).toMatch(/\/nope/)
  })

  it("elsewhere, and when asked for, is the classic lines", async () => {
    const running = build("FROM scratch\nCOPY hello /\n", "--progress=plain")
    expect(await running.ended).toBe(0)
    expect(running.written()).toContain("Step 2/2 : COPY hello /")
    const { stdout } = await kasane.run(["build", path.join(directory, "context")], { env })
    expect(stdout).toContain("Step 1/2 : FROM scratch\n")
  })

  it("in JSON is an event a line, the failure included", async () => {
    fs.writeFileSync(path.join(directory, "context/Dockerfile"), "FROM scratch\nCOPY hello /\nCOPY nope /\n")
    const { code, stdout, stderr } = await kasane.run(
      ["build", "--progress=json", path.join(directory, "context")],
      { env }
    )
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(events[0]).toMatchObject({ event: "ContextSent", time: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(events.map(({ event }) => event)).toContain("StepDone")
    expect(events.at(-1)).toMatchObject({
      event: "Failed",
      exitCode: 1,
      message: expect.stringContaining("nope")
    })
    expect([code, stderr]).toEqual([1, ""])
  })
})
