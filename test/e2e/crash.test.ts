import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { type Kasane, kasane, root, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"

/**
 * The store under fire: real commands killed (SIGKILL) at random moments, and two at once on the same names. After each
 * round the store must check clean, what had been reported as done must still be there, and the next command must work.
 */

const rounds = 5

// A test is dozens of commands one after another; how long they take is the machine's affair.
vi.setConfig({ testTimeout: 240_000 })

/** A generator with a printed seed: a failing run can be had again. */
const seed = Number(process.env["KASANE_SEED"] ?? Date.now() % 2 ** 31)
let state = seed
const random = (): number => {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31
  return state / 2 ** 31
}

const ended = (child: ChildProcess): Promise<number | undefined> =>
  new Promise((resolve) => child.on("close", (code) => resolve(code ?? undefined)))

describe(`commands killed at random (KASANE_SEED=${seed})`, () => {
  let dir: string
  let k: Kasane
  let context: string

  beforeAll(async () => {
    dir = await scratch(root, "kasane-crash")
    k = kasane(root, path.join(dir, "store"))
    await k.ok(["import", RootFs.tar(dir), "base:1"])
    context = path.join(dir, "context")
    fs.mkdirSync(context)
  })
  afterAll(async () => {
    await k.run(["system", "prune", "--all", "--force"])
    fs.rmSync(dir, { recursive: true, force: true })
  })

  /** Runs a command and kills it after part of the time that it took when nobody did. True if it ended by itself. */
  const killed = async (args: ReadonlyArray<string>, usual_ms: number): Promise<boolean> => {
    const child = k.start(args, { stdio: "ignore" })
    const end = ended(child)
    const timer = setTimeout(() => child.kill("SIGKILL"), random() * usual_ms)
    const code = await end
    clearTimeout(timer)
    return code === 0
  }

  const timed = async (args: ReadonlyArray<string>): Promise<number> => {
    const started = performance.now()
    await k.ok(args)
    return performance.now() - started
  }

  const clean = async (): Promise<void> => {
    const checked = await k.run(["check"])
    expect(checked, checked.stderr).toMatchObject({ code: 0 })
  }

  it("build: what was tagged stays, the store checks clean, the same build succeeds", async () => {
    const dockerfile = (round: number) => {
      fs.writeFileSync(path.join(context, "file"), `round ${round}\n`)
      fs.writeFileSync(
        path.join(context, "Dockerfile"),
        `FROM base:1\nCOPY file /file\nRUN echo ${round} > /number\nCMD ["cat", "/number"]\n`
      )
    }
    dockerfile(0)
    const usual = await timed(["build", "-t", "built:0", context])
    for (let round = 1; round <= rounds; round++) {
      dockerfile(round)
      const done = await killed(["build", "-t", `built:${round}`, context], usual)
      await clean()
      if (!done) await k.ok(["build", "-t", `built:${round}`, context])
      expect(await k.ok(["run", "--rm", `built:${round}`])).toBe(`${round}\n`)
      expect(await k.ok(["run", "--rm", "built:0"])).toBe("0\n")
    }
  })

  it("run: no container is left half made; its name can be used again", async () => {
    const words = ["run", "--name", "killed", "base:1", "true"]
    const usual = await timed(words)
    await k.ok(["rm", "killed"])
    for (let round = 0; round < rounds; round++) {
      await killed(words, usual)
      await clean()
      await k.run(["rm", "--force", "killed"])
      await k.ok(words)
      await k.ok(["rm", "killed"])
    }
    expect(await k.ok(["ps", "-aq"])).toBe("")
  })

  it("import and rmi: an image is there whole or not at all", async () => {
    const archive = path.join(dir, "rootfs.tar")
    const usual = await timed(["import", archive, "fire:0"])
    for (let round = 1; round <= rounds; round++) {
      await killed(["import", "-c", `ENV ROUND=${round}`, archive, `fire:${round}`], usual)
      await clean()
      await killed(["rmi", "--force", `fire:${round - 1}`], usual / 2)
      await clean()
      await k.ok(["import", "-c", `ENV ROUND=${round}`, archive, `fire:${round}`])
      expect(await k.ok(["run", "--rm", `fire:${round}`, "sh", "-c", "echo $ROUND"])).toBe(`${round}\n`)
    }
  })

  it("prune: never takes what a name can reach", async () => {
    const usual = await timed(["system", "prune", "--force"])
    for (let round = 0; round < rounds; round++) {
      fs.writeFileSync(path.join(context, "Dockerfile"), `FROM base:1\nRUN echo ${round} > /garbage\n`)
      await k.ok(["build", "-q", context])
      await killed(["system", "prune", "--force"], usual)
      await clean()
      expect(await k.ok(["run", "--rm", "base:1", "echo", "there"])).toBe("there\n")
    }
  })

  it("leftovers are gone after the next commands", async () => {
    await k.ok(["system", "prune", "--force"])
    for (const place of ["ingest", "trash"]) {
      const left = path.join(k.root, place)
      expect(fs.existsSync(left) ? fs.readdirSync(left) : []).toEqual([])
    }
    const mounts = fs.readFileSync("/proc/self/mounts", "utf8")
    expect(mounts).not.toContain(dir)
  })

  it("two commands at once on the same names: one wins whole, or both agree", async () => {
    fs.writeFileSync(
      path.join(context, "Dockerfile"),
      'FROM base:1\nRUN echo twice > /out\nCMD ["cat", "/out"]\n'
    )
    const builds = await Promise.all([1, 2, 3].map(() => k.run(["build", "-t", "twice", context])))
    expect(builds.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(await k.ok(["run", "--rm", "twice"])).toBe("twice\n")

    const created = await Promise.all(
      [1, 2, 3].map(() => k.run(["create", "--name", "wanted", "base:1", "true"]))
    )
    expect(created.filter(({ code }) => code === 0)).toHaveLength(1)
    for (const lost of created.filter(({ code }) => code !== 0)) {
      expect(lost.stderr).toContain('The container name "/wanted" is already in use by container')
    }
    await k.ok(["rm", "wanted"])

    await Promise.all([
      k.run(["system", "prune", "--force"]),
      k.run(["build", "-t", "pruned", context]),
      k.run(["rmi", "twice"])
    ])
    await clean()
    expect(await k.ok(["run", "--rm", "pruned"])).toBe("twice\n")
  })

  it("kasane says where a corrupted blob is, and nothing else is lost", async () => {
    const blobs = path.join(k.root, "blobs/sha256")
    const largest = fs
      .readdirSync(blobs)
      .map((name) => ({ name, size: fs.statSync(path.join(blobs, name)).size }))
      .sort((left, right) => right.size - left.size)[0]
    const victim = path.join(blobs, largest?.name ?? "")
    const kept = fs.readFileSync(victim)
    const broken = Buffer.from(kept)
    broken[broken.length >> 1] = (broken[broken.length >> 1] ?? 0) ^ 1
    fs.chmodSync(victim, 0o600)
    fs.writeFileSync(victim, broken)
    const checked = await k.run(["check"])
    expect(checked.code).toBe(1)
    expect(checked.stderr).toContain(largest?.name)
    fs.writeFileSync(victim, kept)
    await clean()
  })
})

describe("a full disk", () => {
  it("is told as such, and removing works", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("mounting a small tmpfs needs root")
    const { execFileSync } = await import("node:child_process")
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-full-"))
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", dir])
    try {
      const k = kasane(root, path.join(dir, "store"))
      const outside = fs.mkdtempSync(path.join(os.tmpdir(), "kasane-full-src-"))
      const archive = RootFs.tar(outside)
      await k.ok(["import", archive, "small:1"])
      fs.writeFileSync(path.join(outside, "big"), Buffer.alloc(40 << 20, 1))
      execFileSync("tar", ["-C", outside, "-cf", path.join(outside, "big.tar"), "big"])
      const refused = await k.run(["import", path.join(outside, "big.tar"), "big:1"])
      expect(refused.code).toBe(1)
      expect(refused.stderr).toMatch(/no space left/i)
      expect((await k.run(["check"])).code).toBe(0)
      await k.ok(["rmi", "small:1"])
      fs.rmSync(outside, { recursive: true })
    } finally {
      execFileSync("umount", ["-l", dir])
      fs.rmdirSync(dir)
    }
  })
})
