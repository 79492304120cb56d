import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import { type ScriptResult, script } from "../../support/Script.js"
import * as Unprivileged from "../../support/Unprivileged.js"

// Needs root, to make an ordinary user for a while.
describe("a native container of an ordinary user", () => {
  let user: Unprivileged.Unprivileged
  let container: (...args: ReadonlyArray<string>) => ScriptResult
  const run = (...args: ReadonlyArray<string>): unknown => {
    const { stdout, stderr } = container(...args)
    return stdout === "" ? stderr : JSON.parse(stdout)
  }

  beforeAll(() => {
    user = Unprivileged.create()
    container = script(new URL("rootless.ts", import.meta.url), user)
  })
  afterAll(() => user.remove())

  it("runs as root of its own user namespace, with Docker's capabilities there", () => {
    expect(run("id -u; id -G; hostname; grep CapEff /proc/self/status; exit 4")).toEqual({
      code: 4,
      stdout: "0\n0\n0123456789ab\nCapEff:\t00000000a80425fb\n",
      stderr: ""
    })
  })

  it("writes files of other users, and changes and deletes what the image has", () => {
    expect(
      run(
        "touch /tmp/x && chown 1000:1000 /tmp/x && stat -c %u:%g /tmp/x; rm -r /var && ls -d /var; echo y > /etc/passwd"
      )
    ).toMatchObject({ code: 0, stdout: "1000:1000\n" })
  })

  it("has the devices that programs expect", () => {
    expect(
      run(
        "echo x > /dev/null && head -c 4 /dev/zero | wc -c && head -c 4 /dev/urandom | wc -c && ls -l /dev/ptmx"
      )
    ).toMatchObject({ code: 0, stdout: expect.stringMatching(/^4\n4\n.*ptmx -> pts\/ptmx\n$/) })
  })

  it("cannot see or change what Docker guards", () => {
    expect(
      run(
        "cat /proc/keys /proc/timer_list | wc -c; echo x 2>/dev/null > /proc/sys/kernel/hostname || echo denied"
      )
    ).toMatchObject({ stdout: "0\ndenied\n" })
  })

  it("tells 127 and 126", () => {
    expect(run("exec nope")).toMatchObject({ code: 127 })
  })

  it("takes further commands, and is killed and waited for from outside", () => {
    expect(run("sleep 1000", "id -u; cat /proc/1/cmdline; grep CapEff /proc/self/status")).toMatchObject({
      code: 0,
      stdout: "0\nsleep\x001000\0CapEff:\t00000000a80425fb\n",
      waited: 137
    })
  })

  it("runs with the user's own id only when there are no others", () => {
    const own = fs
      .readFileSync("/etc/subuid", "utf8")
      .split("\n")
      .find((line) => line.startsWith(`${user.name}:`))
    const [, first = 0, count = 0] = (own ?? "").split(":").map(Number)
    const range = `${first}-${first + count - 1}`
    execFileSync("usermod", ["--del-subuids", range, user.name])
    try {
      expect(run("id -u; touch /tmp/x; chown 1 /tmp/x 2>/dev/null || echo denied")).toMatchObject({
        code: 0,
        stdout: "0\ndenied\n"
      })
    } finally {
      execFileSync("usermod", ["--add-subuids", range, user.name])
    }
  })
})
