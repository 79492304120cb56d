import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

let place: string
let engine: Kasane
/** A directory of the host that nothing may change or read. */
let canary: string

const content = () =>
  fs.readdirSync(canary).map((name) => [name, fs.readFileSync(path.join(canary, name), "utf8")])
const untouched = [
  ["empty", ""],
  ["secret", "secret"]
]

beforeAll(async () => {
  place = await scratch(root, "hostile")
  engine = kasane(root, path.join(place, "store"))
  canary = path.join(place, "canary")
  fs.mkdirSync(canary)
  fs.writeFileSync(path.join(canary, "secret"), "secret")
  fs.writeFileSync(path.join(canary, "empty"), "")
  const tree = path.join(place, "tree")
  fs.mkdirSync(tree)
  RootFs.fill(tree)
  const link = (target: string, name: string) => {
    fs.rmSync(path.join(tree, name), { force: true, recursive: true })
    fs.symlinkSync(target, path.join(tree, name))
  }
  link(path.join(canary, "secret"), "etc/passwd")
  // As systemd's resolver leaves it.
  link("../run/systemd/resolve/stub-resolv.conf", "etc/resolv.conf")
  link(path.join(canary, "hosts"), "etc/hosts")
  link(`../../../../../..${canary}/hostname`, "etc/hostname")
  link(canary, "data")
  link("/proc/sys", "parameters")
  link("/proc", "processes")
  execFileSync("tar", [
    "-C",
    tree,
    "--numeric-owner",
    "--owner=0",
    "--group=0",
    "-cf",
    `${place}/tree.tar`,
    "."
  ])
  await engine.ok(["import", `${place}/tree.tar`, "hostile"])
})

afterAll(() => fs.rmSync(place, { recursive: true, force: true }))

describe("an image with links in the way", () => {
  it("has its network files and volumes where they lead inside it", async () => {
    const script =
      "cat /run/systemd/resolve/stub-resolv.conf | wc -l; cat /etc/hostname; ls -d /data/secret /etc/hosts 2>/dev/null"
    const { stdout: out } = await engine.run([
      "run",
      "--rm",
      "-h",
      "named",
      "-v",
      "/data",
      "hostile",
      "sh",
      "-c",
      script
    ])
    expect(out).toMatch(/^[1-9]\d*\nnamed\n\/etc\/hosts\n$/)
    const nested = ["run", "--rm", "-v", `${place}/tree/bin:/data/deep/place:ro`, "hostile"]
    expect(await engine.ok([...nested, "ls", `${canary}/deep/place/sh`])).toContain("sh")
    expect(content()).toEqual(untouched)
  })
  it("names no users from outside", async () => {
    expect(await engine.run(["run", "--rm", "-u", "root", "hostile", "id"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("unable to find user root: no matching entries in passwd file")
    })
  })
  it.each([
    ["--mount", "type=tmpfs,target=/parameters/kernel"],
    ["-v", "/tmp:/parameters/kernel"],
    ["-v", "/parameters/kernel"],
    ["-v", "/tmp:/processes"]
  ])("covers no part of /proc by %s %s", async (...flags) => {
    expect(await engine.run(["run", "--rm", ...flags, "hostile", "true"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining("nothing is mounted over a part of /proc")
    })
  })
})

describe("a mount inside /proc", () => {
  it.each([
    [["-v", "/tmp:/proc/sys"], '"/proc/sys" cannot be mounted because it is inside /proc'],
    [["--tmpfs", "/proc"], '"/proc" cannot be mounted because it is not of type proc'],
    [["-v", "/tmp:/proc"], "nothing is mounted over a part of /proc"]
  ])("is refused: %j", async (flags, message) => {
    expect(await engine.run(["run", "--rm", ...flags, "hostile", "true"])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining(message)
    })
  })
  it("is fine for the files that others fill, and for another process table, which is guarded like its own", async () => {
    const fake = path.join(place, "uptime")
    fs.writeFileSync(fake, "1 1\n")
    const flags = ["-v", `${fake}:/proc/uptime:ro`, "hostile", "cat", "/proc/uptime"]
    expect(await engine.ok(["run", "--rm", ...flags])).toBe("1 1\n")
    const script = "stat -c %t:%T /proc/keys; (echo h > /proc/sysrq-trigger) 2>/dev/null || echo denied"
    expect(await engine.ok(["run", "--rm", "-v", "/proc:/proc", "hostile", "sh", "-c", script])).toBe(
      "1:3\ndenied\n"
    )
  })
})

describe("a build step", () => {
  it("whose command puts a link where a mount was made room for loses nothing of the host's (CVE-2024-23652)", async () => {
    const context = path.join(place, "context")
    fs.mkdirSync(context)
    const mounts = "--mount=type=tmpfs,target=/out/empty"
    const command = `mv /out /away && ln -s ${canary} /out`
    fs.writeFileSync(path.join(context, "Dockerfile"), `FROM hostile\nRUN ${mounts} ${command}\n`)
    await engine.ok(["build", "-q", context])
    expect(content()).toEqual(untouched)
  })
})
