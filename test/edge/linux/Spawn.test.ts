import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Channel, type Child, type End, spawn } from "../../../src/edge/linux/Spawn.js"

/** Executes a script through a descriptor, as a program of ours is; its name is its `$0`. */
const script = (text: string): number => {
  const file = path.join(directory, "script")
  fs.writeFileSync(file, text, { mode: 0o700 })
  const fd = fs.openSync(file, "r")
  fs.unlinkSync(file)
  return fd
}

let directory = ""
beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-spawn-"))
})
afterAll(() => fs.rmSync(directory, { recursive: true }))

/** Descriptors that this very process got from its parent, and passes on as they are. */
const inherited = () =>
  fs.readdirSync("/proc/self/fdinfo").filter((fd) => {
    const info = `/proc/self/fdinfo/${fd}`
    const flags = fs.existsSync(info) ? /flags:\s*(\d+)/.exec(fs.readFileSync(info, "utf8"))?.[1] : undefined
    return flags !== undefined && (Number.parseInt(flags, 8) & 0o2000000) === 0
  })

const endOf = (child: Child): Promise<End> => new Promise((resolve) => child.onEnd(resolve))

const textOf = async (child: Child, fd: number): Promise<string> => {
  let text = ""
  for await (const chunk of child.pipes.get(fd) ?? []) text += String(chunk)
  return text
}

/** What the shell at /proc/self/exe does with these channels; the shell reads its program from descriptor 0. */
const shell = (channels: ReadonlyArray<Channel>, program: string): Child => {
  const fd = fs.openSync(fs.realpathSync("/bin/sh"), "r")
  const input = script(program)
  try {
    return spawn("sh", fd, [input, ...channels])
  } finally {
    fs.closeSync(fd)
    fs.closeSync(input)
  }
}

describe("spawn", () => {
  it("gives exactly the descriptors that were asked for, in /, a session of its own, without an environment", async () => {
    const kept = fs.openSync(path.join(directory, "kept"), "w")
    const child = shell(
      ["pipe", "ignore", "ignore", kept],
      'cd -P . ; pwd; read -r _ _ _ _ _ session _ </proc/self/stat; test "$session" = $$ && echo leads; env=$(/usr/bin/env | grep -v -E "^(PWD|OLDPWD|_|SHLVL)="); echo "[$env]"; ls /proc/self/fd | tr "\\n" " "; echo kept >&4'
    )
    fs.closeSync(kept)
    const [text, end] = await Promise.all([textOf(child, 1), endOf(child)])
    const [where, leads, environment, descriptors] = text.split("\n")
    expect([where, leads, environment]).toEqual(["/", "leads", "[]"])
    // 3 was not asked for: it is what ls opens the directory on.
    expect(new Set(descriptors?.trim().split(" "))).toEqual(
      new Set(["0", "1", "2", "3", "4", ...inherited()])
    )
    expect(fs.readFileSync(path.join(directory, "kept"), "utf8")).toBe("kept\n")
    expect(end).toEqual({ exitCode: 0, signal: undefined })
  })

  it("lifts a descriptor that lies among the targets", async () => {
    const child = shell(
      ["pipe", "pipe", 2, 1, 0],
      "echo out; echo err >&2; test -e /proc/self/fd/5 && echo five"
    )
    const [out, err] = await Promise.all([textOf(child, 1), textOf(child, 2)])
    expect([out, err]).toEqual(["out\nfive\n", "err\n"])
  })

  it("tells the exit code and the signal, also to those who ask late, of many children that end at once", async () => {
    const children = Array.from({ length: 20 }, (_, code) =>
      shell(["ignore", "ignore"], code % 2 === 0 ? `exit ${code}` : "kill -TERM $$")
    )
    const ends = await Promise.all(children.map(endOf))
    expect(ends).toEqual(
      Array.from({ length: 20 }, (_, code) =>
        code % 2 === 0 ? { exitCode: code, signal: undefined } : { exitCode: undefined, signal: 15 }
      )
    )
    expect(await Promise.all(children.map(endOf))).toEqual(ends)
    expect(process.listenerCount("SIGCHLD")).toBe(0)
  })

  it("fails with the kernel's reason, and leaves nothing, where the file cannot be executed", () => {
    const before = fs.readdirSync("/proc/self/fd").length
    const fd = script("no program")
    fs.fchmodSync(fd, 0o600)
    try {
      expect(() => spawn("no", fd, ["ignore", "pipe", "pipe"])).toThrow(
        expect.objectContaining({ code: "EACCES" })
      )
    } finally {
      fs.closeSync(fd)
    }
    expect(process.listenerCount("SIGCHLD")).toBe(0)
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      expect(fs.readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before)
    )
  })
})
