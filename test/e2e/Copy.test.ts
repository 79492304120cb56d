import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Caller, type Kasane, kasane, root, run, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"
import { when } from "../support/When.js"

/** `kasane cp` both ways, with containers that run and that do not. */

const ordinary = process.getuid?.() === 0 ? Unprivileged.create() : undefined
const callers: ReadonlyArray<Caller> = ordinary === undefined ? [root] : [root, ordinary]
if (ordinary === undefined) console.warn("cp as another user: skipped, making that user needs root")
afterAll(() => ordinary?.remove())

/** Makes what is copied out, of several owners, and then changes one path to a link to the host's and back without end. */
const script = (outside: string) => `
  mkdir -p /d/sub /r/d; echo one > /d/f; echo two > /d/sub/g; chown -R 5:6 /d; chmod 600 /d/f; ln -s f /d/l; ln /d/f /d/h
  ln -s ${outside} /out; ln -s ../../../../../../../..${outside} /up; echo inside > /r/d/secret
  : > /ready; while [ ! -e /race ]; do sleep 0.1; done
  while [ -e /race ]; do mv /r/d /r/e; ln -s ${outside} /r/d; rm /r/d; mv /r/e /r/d; done; sleep 60`

describe.each(callers)("cp as $label", { timeout: 120_000 }, (caller) => {
  let dir: string
  let k: Kasane
  const at = (...names: ReadonlyArray<string>) => path.join(dir, ...names)

  beforeAll(async () => {
    dir = await scratch(caller, "kasane-cp")
    k = kasane(caller, at("store"))
    await k.ok(["import", RootFs.tar(dir), "base:1"])
    // What is outside of every container, and must stay as it is.
    await asCaller("mkdir", "outside", "tree", "tree/below", "back")
    await asCaller(
      "sh",
      "-c",
      "echo outside > outside/secret; echo A > tree/a; echo B > tree/below/b; ln -s a tree/l"
    )
  })
  afterAll(async () => {
    await k.run(["rm", "-f", "box", "still"])
    await k.run(["system", "prune", "--all", "--volumes", "--force"])
    fs.rmSync(dir, { recursive: true, force: true })
  })
  const asCaller = async (...argv: ReadonlyArray<string>): Promise<void> => {
    const [command = "", ...args] = [...caller.prefix, ...argv]
    expect(await run(command, args, { cwd: dir, env: caller.env })).toMatchObject({ code: 0, stderr: "" })
  }
  const cp = (...args: ReadonlyArray<string>) => k.run(["cp", ...args], { cwd: dir })
  const listing = (archive: string) =>
    execFileSync("tar", ["--numeric-owner", "-tvf", at(archive)], { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => line.replace(/^(\S+) +(\S+) .*\d\d:\d\d(?::\d\d)? /, "$1 $2 "))
  /** The tar of a path, as a listing. */
  const packed = async (...args: ReadonlyArray<string>) => {
    const [command = "", ...before] = [
      ...caller.prefix,
      "sh",
      "-c",
      'out=$1; shift; exec "$@" > "$out"',
      "sh"
    ]
    const words = [
      at("packed.tar"),
      process.execPath,
      "--",
      path.resolve("dist/kasane.mjs"),
      "cp",
      ...args,
      "-"
    ]
    const env = { ...caller.env, KASANE_ROOT: k.root }
    expect(await run(command, [...before, ...words], { cwd: dir, env })).toMatchObject({
      code: 0,
      stderr: ""
    })
    return listing("packed.tar")
  }

  it("a container that runs: files of every owner, links, directories, tars", async () => {
    await k.ok([
      "run",
      "-d",
      "--network",
      "none",
      "--name",
      "box",
      "base:1",
      "sh",
      "-c",
      script(at("outside"))
    ])
    await k.ok(["exec", "box", "sh", "-c", "while [ ! -e /ready ]; do sleep 0.05; done"])
    expect(await packed("box:/d")).toEqual([
      "drwxr-xr-x 5/6 d/",
      "-rw------- 5/6 d/f",
      "hrw------- 5/6 d/h link to d/f",
      "lrwxrwxrwx 0/0 d/l -> f",
      "drwxr-xr-x 5/6 d/sub/",
      "-rw-r--r-- 5/6 d/sub/g"
    ])
    expect(await packed("box:/d/sub/.")).toEqual(["drwxr-xr-x 5/6 ./", "-rw-r--r-- 5/6 ./g"])
    expect(await packed("-L", "box:/d/l")).toEqual(["-rw------- 5/6 f"])
    expect(await cp("box:/d", "back")).toEqual({ code: 0, stdout: "", stderr: "" })
    expect(fs.readFileSync(at("back/d/sub/g"), "utf8")).toBe("two\n")
    expect(fs.readlinkSync(at("back/d/l"))).toBe("f")
    const owner = fs.statSync(at("tree"))
    expect(fs.statSync(at("back/d/f"))).toMatchObject({ uid: owner.uid, gid: owner.gid, nlink: 2 })
    expect((await cp("box:/d/.", "back/named")).code).toBe(0)
    expect(fs.readdirSync(at("back/named")).sort()).toEqual(["f", "h", "l", "sub"])

    expect((await cp("tree", "box:/tmp")).code).toBe(0)
    expect((await cp("tree/.", "box:/tmp/tree/below")).code).toBe(0)
    expect((await cp("-L", "tree/l", "box:/tmp/real")).code).toBe(0)
    const look = "cd /tmp; cat tree/below/below/b tree/below/a real; readlink tree/l; stat -c %u:%g tree/a"
    expect(await k.ok(["exec", "box", "sh", "-c", look])).toBe("B\nA\nA\na\n0:0\n")
    expect(
      (await k.run(["cp", "-", "box:/tmp/tree"], { input: fs.readFileSync(at("packed.tar")) })).code
    ).toBe(0)
    expect(await k.ok(["exec", "box", "stat", "-c", "%a %u:%g", "/tmp/tree/f"])).toBe("600 5:6\n")
  })

  when(caller === root)("what cannot be meant is refused in Docker's words", async () => {
    const refused = async (message: string, ...args: ReadonlyArray<string>) =>
      expect(await cp(...args)).toEqual({ code: 1, stdout: "", stderr: `Error: ${message}\n` })
    await refused("Could not find the file /nope in container box", "box:/nope", ".")
    await refused(`invalid output path: directory "${at("nodir")}" does not exist`, "box:/d/f", "nodir/x")
    await refused(`lstat ${at("nope")}: no such file or directory`, "nope", "box:/")
    await refused("copying between containers is not supported", "box:/a", "box:/b")
    await refused("must specify at least one container source", "a", "b")
    await refused("cannot copy directory", "tree", "box:/d/f")
    await refused("no such directory", "tree/a", "box:/nodir/")
    await refused("Could not find the file /nodir in container box", "tree/a", "box:/nodir/x")
    await refused('destination "box:/d/f" must be a directory', "-", "box:/d/f")
    await refused("No such container: nobody", "tree", "nobody:/")
  })

  when(caller === root)("nothing leads out of a container's root", async () => {
    for (const link of ["box:/out/secret", "box:/up/secret"])
      expect(await cp(link, "back/stolen")).toMatchObject({ code: 1 })
    for (const link of ["box:/out/new", "box:/up/new", "box:/out/", "box:/out"]) await cp("tree/a", link)
    await k.ok(["exec", "box", "touch", "/race"])
    // Whoever changes the way meanwhile, what is read is the container's.
    for (let round = 0; round < 4; round++) {
      const got = await cp("box:/r", `back/r${round}`)
      const seen = at(`back/r${round}/d/secret`)
      const isTree = fs.lstatSync(at(`back/r${round}/d`), { throwIfNoEntry: false })?.isDirectory() === true
      if (got.code === 0 && isTree && fs.existsSync(seen))
        expect(fs.readFileSync(seen, "utf8")).toBe("inside\n")
      await cp("tree/a", "box:/r/d/planted")
    }
    await k.ok(["exec", "box", "rm", "/race"])
    expect(fs.readdirSync(at("outside"))).toEqual(["secret"])
    expect(fs.existsSync(at("back/stolen"))).toBe(false)
  })

  when(caller === root)("a tar leads out of nothing, either", async () => {
    const hostile = at("hostile.tar")
    fs.mkdirSync(at("h"))
    fs.symlinkSync(at("outside"), at("h/way"))
    fs.mkdirSync(at("h2/way"), { recursive: true })
    fs.writeFileSync(at("h2/way/planted"), "planted")
    execFileSync("tar", ["-cf", hostile, "-C", at("h"), "way"])
    execFileSync("tar", ["-rf", hostile, "-C", at("h2"), "way/planted"])
    await k.run(["cp", "-", "box:/tmp"], { input: fs.readFileSync(hostile) })
    execFileSync("tar", ["-Pcf", hostile, "--transform", "s,^,../../../../../..,", at("h2/way/planted")])
    const refused = await k.run(["cp", "-", "box:/tmp"], { input: fs.readFileSync(hostile) })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("leaves the root") })
    expect(fs.readdirSync(at("outside"))).toEqual(["secret"])
  })

  it("a container that does not run: with its volumes and binds, as it would see them", async () => {
    const mounts = ["-v", "kept:/data/deep", "-v", `${at("tree")}:/bound:ro`]
    await k.ok(["create", "--network", "none", "--name", "still", ...mounts, "base:1", "cat", "/data/deep/a"])
    expect((await cp("tree/a", "still:/data/deep/")).code).toBe(0)
    expect((await cp("tree/a", "still:/etc/added")).code).toBe(0)
    expect(await cp("tree/a", "still:/bound/below/")).toMatchObject({
      code: 1,
      stderr: "Error: mounted volume is marked read-only\n"
    })
    expect(await packed("still:/bound/below")).toHaveLength(2)
    expect(await k.ok(["start", "-a", "still"])).toBe("A\n")
    expect(await packed("still:/data")).toHaveLength(3)
    expect(await k.ok(["diff", "still"])).toContain("A /etc/added\n")
    expect(fs.readFileSync("/proc/self/mounts", "utf8")).not.toContain(dir)
    await k.ok(["rm", "still"])
    await k.ok(["create", "--read-only", "--name", "still", "base:1", "true"])
    expect(await cp("tree/a", "still:/")).toMatchObject({
      code: 1,
      stderr: "Error: container rootfs is marked read-only\n"
    })
  })
})
