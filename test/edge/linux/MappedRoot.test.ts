import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { type ScriptResult, script } from "../../support/Script.js"
import * as Unprivileged from "../../support/Unprivileged.js"

// Needs root, to make an ordinary user for a while.
describe("an ordinary user as mapped root", () => {
  let user: Unprivileged.Unprivileged
  let mapped: (...args: ReadonlyArray<string>) => ScriptResult
  const shell = (text: string) => mapped("run", "/bin/sh", "-c", text)

  beforeAll(() => {
    user = Unprivileged.create()
    mapped = script(new URL("mapped.ts", import.meta.url), user)
  })
  afterAll(() => user.remove())

  it("is root over its subordinate ids, and itself on the host", () => {
    const file = `${user.home}/mine`
    const result = shell(`id -u; touch ${file} ${file}2; chown 1000:1000 ${file}2; stat -c %u:%g ${file}2`)
    expect(result).toEqual({ code: 0, stdout: "0\n1000:1000\n", stderr: "" })
    expect(fs.statSync(file).uid).toBe(user.uid)
    expect(fs.statSync(`${file}2`).uid).toBeGreaterThan(100_000)
  })

  it("may mount, which the host does not see", () => {
    const result = shell(`mkdir -p ${user.home}/mnt && mount -t tmpfs none ${user.home}/mnt && echo mounted`)
    expect(result).toMatchObject({ code: 0, stdout: "mounted\n" })
    expect(fs.readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(`${user.home}/mnt`)
  })

  it("passes arguments, environment and exit code on", () => {
    expect(mapped("run", "/bin/sh", "-c", 'echo "$1" "$HOME"; exit 7', "sh", "a b")).toEqual({
      code: 7,
      stdout: `a b ${user.home}\n`,
      stderr: ""
    })
  })

  it("runs its own script again, as root, with what it is told", () => {
    expect(mapped("again", "x", "y")).toEqual({ code: 0, stdout: "0 yes x y\n", stderr: "" })
  })

  it("deletes what belongs to its subordinate ids", () => {
    const tree = `${user.home}/tree`
    shell(`mkdir -p ${tree}/a/b && touch ${tree}/a/b/c && chown -R 33:33 ${tree} && chmod -R 700 ${tree}`)
    expect(mapped("remove", tree, `${user.home}/absent`)).toMatchObject({ code: 0 })
    expect(fs.existsSync(tree)).toBe(false)
  })

  it("says which command could not be executed", () => {
    expect(mapped("run", "/no/such/command").stderr).toMatch(/cannot run \/no\/such\/command.*no such file/)
  })

  it("has one id only without subordinate ids, and is told so", () => {
    const ranges = fs.readFileSync("/etc/subuid", "utf8")
    const own = ranges.split("\n").find((line) => line.startsWith(`${user.name}:`)) ?? ""
    const [, first, count] = own.split(":").map(Number)
    const range = `${first}-${(first ?? 0) + (count ?? 0) - 1}`
    execFileSync("usermod", ["--del-subuids", range, user.name])
    try {
      const result = shell("id -u; chown 33 $0 2>/dev/null || echo denied")
      expect(result).toMatchObject({ code: 0, stdout: "0\ndenied\n" })
      expect(result.stderr).toMatch(/only your own user and group id.*\/etc\/subuid gives no ids to/)
    } finally {
      execFileSync("usermod", ["--add-subuids", range, user.name])
    }
  })
})
