import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, program, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

const bootFile = "/proc/sys/kernel/random/boot_id"

/** Words in front of a command that let it see another boot id: that of a file, in a mount namespace of its own. */
const inBoot = (file: string): ReadonlyArray<string> => [
  "unshare",
  "-m",
  "sh",
  "-c",
  `mount --bind ${file} ${bootFile} && exec "$@"`,
  "sh"
]

const isFake = (file: string): boolean => {
  const [command = "", ...words] = [...inBoot(file), "cat", bootFile]
  return spawnSync(command, words, { encoding: "utf8" }).stdout === fs.readFileSync(file, "utf8")
}

/** Every process that the states of a store's containers name, and its supervisor: all that a power cut ends. */
const processesOf = (store: string): ReadonlyArray<number> => {
  const containers = path.join(store, "containers")
  const named = fs.readdirSync(containers).flatMap((id) => {
    const file = path.join(containers, id, "state.json")
    if (!fs.existsSync(file)) return []
    const state: Readonly<Record<string, { readonly pid?: number } | undefined>> = JSON.parse(
      fs.readFileSync(file, "utf8")
    )
    return ["monitor", "process", "relay"].flatMap((member) => state[member]?.pid ?? [])
  })
  return [...new Set(named)].filter((pid) => fs.existsSync(`/proc/${pid}`))
}

const isGone = (pid: number): boolean => {
  try {
    return / Z /.test(fs.readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch {
    return true
  }
}

const powerCut = async (store: string) => {
  const pids = processesOf(store)
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // It ended with another one.
    }
  }
  const deadline = Date.now() + 20_000
  while (!pids.every(isGone) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(pids.filter((pid) => !isGone(pid))).toEqual([])
}

const cgroupsOf = (id: string): string =>
  spawnSync("find", ["/sys/fs/cgroup", "-type", "d", "-name", `*${id}*`], { encoding: "utf8" }).stdout

describe("after a boot", () => {
  let place: string
  let before: Kasane
  let after: Kasane
  let skipped: string | undefined

  beforeAll(async () => {
    place = await scratch(root, "reboot")
    const other = path.join(place, "boot_id")
    fs.writeFileSync(other, "11111111-2222-3333-4444-555555555555\n")
    if (!isFake(other)) {
      skipped = "mounting over the boot id is not possible here"
      console.warn(`reboot: skipped, ${skipped}`)
      return
    }
    const rebooted: Caller = { ...root, label: "root after a boot", prefix: inBoot(other) }
    before = kasane(root, path.join(place, "store"))
    after = kasane(rebooted, path.join(place, "store"))
    await before.ok(["import", RootFs.tar(place), "base"])
  })
  afterAll(async () => {
    if (skipped === undefined) {
      const ids = (await after.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
      if (ids.length > 0) await after.run(["rm", "-f", ...ids])
    }
    fs.rmSync(place, { recursive: true, force: true })
  })

  it("what ran has ended with 255, nothing of it is left, and policies bring back what Docker would", async (context) => {
    if (skipped !== undefined) return context.skip(skipped)
    const sleeps = ["base", "sleep", "1000"]
    const make = async (name: string, ...flags: ReadonlyArray<string>) =>
      (await before.ok(["run", "-d", "--name", name, ...flags, ...sleeps])).trim()
    const plain = await make("plain", "-p", "80")
    await make("always", "--restart", "always", "-p", "80")
    await make("unless", "--restart", "unless-stopped")
    await make("on-failure", "--restart", "on-failure:2")
    await make("goes", "--rm")
    await make("stopped-always", "--restart", "always")
    await make("stopped-unless", "--restart", "unless-stopped")
    await make("user", "--restart", "always", "--network", "container:always")
    await before.ok(["stop", "-t", "0", "stopped-always", "stopped-unless"])
    await before.ok(["create", "--name", "new", "--restart", "always", ...sleeps])

    await powerCut(before.root)
    expect(await after.run(["supervise", "--boot"])).toEqual({ code: 0, stdout: "", stderr: "" })

    const listed = await after.ok(["ps", "-a", "--format", "{{.Names}} {{.State}}"])
    expect(listed.trim().split("\n").sort()).toEqual([
      "always running",
      "new created",
      "on-failure running",
      "plain exited",
      "stopped-always running",
      "stopped-unless exited",
      "unless running",
      "user running"
    ])
    const state = "{{.State.ExitCode}} {{.State.OOMKilled}} {{.RestartCount}}"
    expect(await after.ok(["inspect", "-f", state, "plain"])).toBe("255 false 0\n")
    expect(await after.ok(["inspect", "-f", state, "always"])).toBe("0 false 0\n")
    const [started = "", finished = ""] = (
      await after.ok(["inspect", "-f", "{{.State.StartedAt}} {{.State.FinishedAt}}", "plain"])
    )
      .trim()
      .split(" ")
    expect(Date.parse(finished)).toBeGreaterThan(Date.parse(started))
    expect(cgroupsOf(plain)).toBe("")
    expect(await after.ok(["port", "plain"])).toBe("")
    expect(await after.ok(["port", "always"])).toContain("80/tcp -> ")
    // Once more, nothing is to be done.
    expect(await after.run(["supervise", "--boot"])).toEqual({ code: 0, stdout: "", stderr: "" })
  }, 60_000)

  it("tells what could not be started, and starts the rest", async (context) => {
    if (skipped !== undefined) return context.skip(skipped)
    await after.ok(["rm", "-f", ...(await after.ok(["ps", "-aq"])).trim().split("\n")])
    const source = path.join(place, "source")
    fs.mkdirSync(source)
    const mount = `type=bind,source=${source},target=/data`
    await after.ok([
      "run",
      "-d",
      "--name",
      "broken",
      "--restart",
      "always",
      "--mount",
      mount,
      "base",
      "sleep",
      "1000"
    ])
    await after.ok(["run", "-d", "--name", "sound", "--restart", "always", "base", "sleep", "1000"])
    fs.rmdirSync(source)
    await powerCut(after.root)
    const { code, stderr } = await before.run(["supervise", "--boot"])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Error: broken: .*source.*\n$/)
    })
    expect(await before.ok(["ps", "--format", "{{.Names}}"])).toBe("sound\n")
    await before.ok(["rm", "-f", "broken", "sound"])
  }, 60_000)

  it("a unit of systemd does this", async (context) => {
    if (skipped !== undefined) return context.skip(skipped)
    const text = await before.ok(["supervise", "--unit"])
    expect(text).toContain(
      `ExecStart=${process.execPath} -- ${program} --root ${before.root} supervise --boot\n`
    )
    const unit = path.join(place, "kasane.service")
    fs.writeFileSync(unit, text)
    const { error, status, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" })
    if (error === undefined)
      expect({ status, told: stderr.split("\n").filter((line) => line.includes("kasane")) }).toEqual({
        status: 0,
        told: []
      })
  })
})
