import * as fs from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { settleHybrid } from "../support/HybridCgroups.js"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as Peer from "../support/Peer.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const runtimes = [Peer.crun, Peer.runc].flatMap((path) => (path === undefined ? [] : [path]))

/** Peers of the engine, not parts of it: only those that are installed can be driven. */
describe.skipIf(process.getuid?.() !== 0 || runtimes.length === 0)("--runtime", { timeout: 60_000 }, () => {
  let place: string
  let engine: Kasane
  beforeAll(async () => {
    settleHybrid()
    place = await scratch(root, "kasane-runtime-flag")
    engine = kasane(root, `${place}/store`)
    await engine.ok(["import", RootFs.tar(place), "base"])
  })
  afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

  it.each(runtimes)("%s carries a container out from start to rm, and exec joins it", async (runtime) => {
    const name = runtime.slice(runtime.lastIndexOf("/") + 1)
    const once = ["run", "--rm", "--network", "none", "--runtime", name]
    expect((await engine.run([...once, "base", "sh", "-c", "exit 6"])).code).toBe(6)
    const withInit = await engine.run([...once, "--init", "base", "sh", "-c", "cat /proc/1/comm; exit 5"])
    expect(withInit).toMatchObject({ code: 5, stdout: "docker-init\n" })
    expect((await engine.run([...once, "--init", "base", "nope"])).code).toBe(127)
    const long = ["run", "-d", "-t", "--network", "none", "--runtime", runtime, "--name", name]
    await engine.ok([...long, "base", "sh", "-c", "tty; exec sleep 1000"])
    await expect.poll(() => engine.ok(["logs", name]), { timeout: 20_000 }).toBe("/dev/pts/0\r\n")
    const show = ["inspect", "--format", "{{.HostConfig.Runtime}} {{.State.Status}}", name]
    expect(await engine.ok(show)).toBe(`${runtime} running\n`)
    expect((await engine.run(["exec", name, "sh", "-c", "cat /proc/1/comm; exit 3"])).code).toBe(3)
    await engine.ok(["pause", name])
    expect(await engine.ok(show)).toBe(`${runtime} paused\n`)
    await engine.ok(["unpause", name])
    await engine.ok(["restart", "-t", "0", name])
    expect(await engine.ok(show)).toBe(`${runtime} running\n`)
    await engine.ok(["kill", name])
    await expect.poll(() => engine.ok(show), { timeout: 20_000 }).toBe(`${runtime} exited\n`)
    await engine.ok(["rm", name])
    expect(fs.readdirSync(`${place}/store/containers/bundles`)).toEqual([])
  })

  it("refuses a runtime that is not there, and makes nothing", async () => {
    expect(await engine.run(["run", "--runtime", "nope", "base", "true"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("unknown or invalid runtime name: nope")
    })
    expect(await engine.ok(["ps", "-aq"])).toBe("")
  })

  it.skipIf(Peer.crun === undefined)("crun works for an ordinary user, in a user namespace", async () => {
    const user = Unprivileged.create()
    try {
      const theirs = kasane(user, `${user.home}/store`)
      const image = `${user.home}/base.tar`
      fs.copyFileSync(RootFs.tar(place), image)
      await theirs.ok(["import", image, "base"])
      const flags = ["run", "--rm", "--network", "host", "--runtime", "crun"]
      const { code, stdout, stderr } = await theirs.run([
        ...flags,
        "base",
        "sh",
        "-c",
        "id -u; touch /x; exit 8"
      ])
      expect({ code, stdout, stderr }).toEqual({ code: 8, stdout: "0\n", stderr: "" })
    } finally {
      user.remove()
    }
  })
})
