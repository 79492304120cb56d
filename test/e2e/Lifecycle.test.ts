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
