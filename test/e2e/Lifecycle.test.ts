import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(user.remove)

describe.each<Caller>([root, user])("containers of $label", (caller) => {
  let place: string
  let engine: Kasane
  const supervisor = () => {
    const lock = fs.statSync(path.join(engine.root, "supervisor/lock")).ino
    const held = fs
      .readFileSync("/proc/locks", "utf8")
      .split("\n")
      .find((line) => line.includes(`:${lock} `))
    return Number(held?.trim().split(/\s+/)[4])
  }

  beforeAll(async () => {
    place = await scratch(caller, "life")
    engine = kasane(caller, path.join(place, "store"))
    const build = fs.mkdtempSync("/tmp/kasane-rootfs-")
    fs.chmodSync(build, 0o755)
    await engine.ok(["import", "-c", 'CMD ["sh"]', RootFs.tar(build), "base"])
    fs.rmSync(build, { recursive: true })
  })
  afterAll(async () => {
    const ids = (await engine.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
    if (ids.length > 0) await engine.run(["rm", "-f", "-v", ...ids])
    if (caller === root) fs.rmSync(place, { recursive: true, force: true })
  })

  it("bring streams through and end with the command's code, or 128 and its signal", async () => {
    const script = "cat; echo problem >&2; exit 42"
    expect(await engine.run(["run", "--rm", "-i", "base", "sh", "-c", script], { input: "typed" })).toEqual({
      code: 42,
      stdout: "typed",
      stderr: "problem\n"
    })
    for (const signal of [1, 9, 15])
      expect(
        (await engine.run(["run", "--rm", "--init", "base", "sh", "-c", `kill -${signal} $$`])).code
      ).toBe(128 + signal)
    expect(await engine.run(["run", "--rm", "base", "nope"])).toMatchObject({ code: 127 })
    expect(await engine.run(["run", "--rm", "base", "/etc"])).toMatchObject({ code: 126 })
    expect(await engine.ok(["ps", "-aq"])).toBe("")
  })

  it("are kept in the background, logged, entered, stopped, started and removed", async () => {
    const id = (
      await engine.ok(["run", "-d", "--name", "web", "base", "sh", "-c", "echo up; exec sleep 300"])
    ).trim()
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(await engine.ok(["logs", "web"])).toBe("up\n")
    expect(await engine.run(["exec", "-e", "A=b", "web", "sh", "-c", "echo $A; exit 3"])).toMatchObject({
      code: 3,
      stdout: "b\n"
    })
    expect((await engine.run(["run", "--name", "web", "base"])).stderr).toContain(
      `is already in use by container "${id}"`
    )
    expect(await engine.run(["rm", "web"])).toMatchObject({ code: 1 })
    expect(await engine.ok(["stop", "-t", "0", "web"])).toBe("web\n")
    expect(await engine.ok(["wait", "web"])).toBe("137\n")
    expect(await engine.ok(["start", "web"])).toBe("web\n")
    expect(await engine.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("web running\n")
    expect(await engine.ok(["logs", "web"])).toBe("up\nup\n")
    expect(await engine.ok(["rm", "-f", "web"])).toBe("web\n")
  })

  it("go on when their supervisor is killed, and the next one logs what follows", async () => {
    await engine.ok([
      "run",
      "-d",
      "--name",
      "tough",
      "base",
      "sh",
      "-c",
      "while [ ! -e /go ]; do sleep 0.1; done; echo after"
    ])
    process.kill(supervisor(), "SIGKILL")
    await engine.ok(["create", "--name", "other", "base", "true"])
    await engine.ok(["start", "other"])
    await engine.ok(["exec", "tough", "touch", "/go"])
    expect(await engine.ok(["wait", "tough"])).toBe("0\n")
    expect(await engine.ok(["logs", "tough"])).toBe("after\n")
    await engine.ok(["rm", "tough", "other"])
  })

  it("start again by their policy, until it has had enough", async () => {
    await engine.ok([
      "run",
      "-d",
      "--name",
      "again",
      "--restart",
      "on-failure:2",
      "base",
      "sh",
      "-c",
      "echo try; exit 1"
    ])
    expect(await engine.ok(["logs", "-f", "again"])).toBe("try\ntry\ntry\n")
    expect(await engine.ok(["inspect", "-f", "{{.State.Status}} {{.RestartCount}}", "again"])).toBe(
      "exited 2\n"
    )
    await engine.ok(["rm", "again"])
  })

  it("share volumes, which start with what the image has, owners included", async () => {
    expect(
      await engine.ok([
        "run",
        "--rm",
        "-v",
        "kept:/etc",
        "base",
        "sh",
        "-c",
        "chown 7 /etc/group; cat /etc/hostname >/dev/null; head -n 1 /etc/passwd"
      ])
    ).toContain("root")
    expect(
      await engine.ok(["run", "--rm", "-v", "kept:/data", "base", "stat", "-c", "%u", "/data/group"])
    ).toBe("7\n")
  })
})
