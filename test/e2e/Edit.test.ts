import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const user = Unprivileged.create()
afterAll(user.remove)

const waits = ["sh", "-c", "trap 'exit 0' TERM; echo written >> /file; sleep 1000 & wait"]

describe.each<Caller>([root, user])("containers of $label", (caller) => {
  let place: string
  let engine: Kasane

  beforeAll(async () => {
    place = await scratch(caller, "edit")
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

  const look = (name: string, template: string) => engine.ok(["inspect", "-f", template, name])

  it("tell the command that made them, which makes them again", async () => {
    await engine.ok([
      "create",
      "--name",
      "first",
      "-e",
      "A=b c",
      "-v",
      "kept:/data",
      "-l",
      "x=y",
      "base",
      "echo",
      "it's"
    ])
    const text = (await engine.ok(["recipe", "first"])).trimEnd()
    expect(text).toBe(`kasane create --name first -e 'A=b c' -l x=y -v kept:/data base echo 'it'\\''s'`)
    const [, ...argv]: ReadonlyArray<string> = JSON.parse(
      await engine.ok(["recipe", "--format", "json", "first"])
    )
    const before = await look(
      "first",
      "{{json .Config.Env}}{{json .Mounts}}{{json .Config.Labels}}{{json .Args}}"
    )
    await engine.ok(["rm", "first"])
    await engine.ok(argv)
    expect(
      await look("first", "{{json .Config.Env}}{{json .Mounts}}{{json .Config.Labels}}{{json .Args}}")
    ).toBe(before)
    await engine.ok(["rm", "first"])
  })

  it("keep their id and what they have written when they are edited", async () => {
    const id = (
      await engine.ok(["run", "-d", "--name", "web", "-e", "A=1", "-v", "/cache", "base", ...waits])
    ).trim()
    const volume = await look("web", "{{(index .Mounts 0).Name}}")
    const refused = await engine.run(["edit", "web", "-e", "A=2", "-l", "tier=front"])
    expect(refused).toMatchObject({ code: 1, stdout: "" })
    expect(refused.stderr).toContain(
      "container web runs, and cannot be given another value of --env while it does (--label can be changed at once)"
    )
    expect(await engine.ok(["edit", "web", "-l", "tier=front", "--stop-timeout", "20"])).toBe("web\n")
    expect(
      await look("web", '{{.State.Running}} {{.Config.StopTimeout}} {{index .Config.Labels "tier"}}')
    ).toBe("true 20 front\n")

    const plan = await engine.ok(["edit", "--plan", "web", "-e", "A=2", "--unset", "stop-timeout"])
    expect(plan).toContain(
      "- --env A=1\n+ --env A=2\n- --stop-timeout 20\n# in force from the next start on: --env\n"
    )
    expect(plan).toContain('- process.env[] "A=1"\n+ process.env[] "A=2"\n')
    expect(
      await engine.ok([
        "edit",
        "--now",
        "web",
        "-e",
        "A=2",
        "-e",
        "B=3",
        "--tmpfs",
        "/scratch",
        "--name",
        "site"
      ])
    ).toBe("web\n")
    expect(await look("site", "{{.Id}} {{.State.Running}} {{(index .Mounts 0).Name}}")).toBe(
      `${id} true ${volume}`
    )
    expect(
      await engine.ok([
        "exec",
        "site",
        "sh",
        "-c",
        "echo $A $B; wc -l < /file; grep -c ' /scratch tmpfs' /proc/mounts"
      ])
    ).toBe("2 3\n2\n1\n")
    expect((await engine.run(["inspect", "web"])).code).toBe(1)

    await engine.ok(["stop", "site"])
    await engine.ok(["edit", "site", "--env-rm", "B", "--mount-rm", "/cache", "--", "cat", "/file"])
    expect(await engine.ok(["start", "-a", "site"])).toBe("written\nwritten\n")
    expect((await engine.ok(["volume", "ls", "-q"])).includes(volume.trim())).toBe(false)
    await engine.ok(["rm", "site"])
  })

  it("are edited in the user's editor, which may not change the image", async () => {
    await engine.ok(["create", "--name", "web", "-e", "A=1", "base", "sh", "-c", "echo $A"])
    const editor = async (script: string) =>
      engine.run(["edit", "web"], { env: { ...caller.env, EDITOR: `sed -i ${script}` } })
    expect(await editor("'s/A=1/A=\"x y\"/'")).toEqual({
      code: 0,
      stdout: "",
      stderr: "- --env A=1\n+ --env 'A=x y'\n"
    })
    expect(await engine.ok(["start", "-a", "web"])).toBe("x y\n")
    expect(await editor("s/nothing//")).toEqual({ code: 0, stdout: "", stderr: "Nothing was changed.\n" })
    const refusals = [
      ["'s/ base / other /'", "the image cannot be changed from base to other"],
      ["'s/-e/--envy/'", "unknown flag: --envy"]
    ] as const
    for (const [script, message] of refusals) {
      const { code, stderr } = await editor(script)
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(message) })
      const [, kept = ""] = /What you wrote is kept in (\S+)/.exec(stderr) ?? []
      expect(fs.readFileSync(kept, "utf8")).toContain("--name web")
      fs.rmSync(path.dirname(kept), { recursive: true })
    }
    await engine.ok(["rm", "web"])
  })
})

describe("an edit that is killed", () => {
  it("leaves the container as it was or as it was to be", async () => {
    const place = await scratch(root, "edit-crash")
    const engine = kasane(root, path.join(place, "store"))
    await engine.ok(["import", RootFs.tar(place), "base"])
    const id = (await engine.ok(["create", "--name", "n0", "-e", "N=0", "base", "true"])).trim()
    const template = "{{.Name}} {{index .Config.Env 0}} {{.Path}}"
    let before = await engine.ok(["inspect", "-f", template, id])
    const seen = new Set<boolean>()
    for (let point = 1; ; point++) {
      const after = `/n${point} N=${point} echo\n`
      const { code } = await engine.run(
        ["edit", id, "--name", `n${point}`, "-e", `N=${point}`, "--", "echo"],
        {
          env: { KASANE_CRASH_AT: String(point) }
        }
      )
      const now = await engine.ok(["inspect", "-f", template, id])
      expect([before, after]).toContain(now)
      expect(await engine.ok(["ps", "-aq", "--no-trunc"])).toBe(`${id}\n`)
      seen.add(now === after)
      before = now
      if (code === 0) break
      expect(code).toBe(137)
    }
    expect([...seen].sort()).toEqual([false, true])
    await engine.ok(["rm", id])
    fs.rmSync(place, { recursive: true, force: true })
  }, 60_000)
})
