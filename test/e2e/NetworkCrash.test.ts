import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Kasane, kasane, root } from "../support/Kasane.js"
import * as NetworkNamespace from "../support/NetworkNamespace.js"
import * as RootFs from "../support/RootFs.js"

/** One place in so many; every one with KASANE_ROUNDS in the environment. */
const stride = process.env["KASANE_ROUNDS"] === undefined ? 7 : 1

/** Commands that die at every place of their work on networks, and several at once. */
describe.skipIf(!NetworkNamespace.available || RootFs.busybox() === undefined)(
  "networks of commands that are killed",
  () => {
    let host: NetworkNamespace.NetworkNamespace
    let place: string
    let engine: Kasane

    beforeAll(async () => {
      host = await NetworkNamespace.create()
      place = fs.mkdtempSync("/tmp/kasane-network-crash-")
      engine = kasane({ ...root, prefix: host.prefix }, path.join(place, "store"))
      await engine.ok(["import", "-c", 'CMD ["sh"]', RootFs.tar(place), "base"])
      await engine.ok(["network", "create", "--subnet", "10.66.0.0/29", "own"])
    })
    afterAll(async () => {
      await clear()
      host.remove()
      fs.rmSync(place, { recursive: true, force: true })
    })

    const clear = async () => {
      const ids = (await engine.ok(["ps", "-aq"])).split("\n").filter((id) => id !== "")
      if (ids.length > 0) await engine.ok(["rm", "-f", ...ids])
    }
    /** Processes of this store that still run. */
    const strangers = () =>
      fs.readdirSync("/proc").filter((pid) => {
        try {
          return fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(place)
        } catch {
          return false
        }
      })
    /** Everything that a container's network is made of. */
    const left = () => ({
      links: host
        .run("ip", "-o", "link")
        .split("\n")
        .map((line) => line.split(": ")[1]?.split("@")[0])
        .filter((name) => name !== undefined && name !== "lo"),
      tables: host.run("nft", "list", "tables").trim(),
      lives: fs.readdirSync(path.join(engine.root, "networks/lives")),
      ports: host.run("cat", "/proc/net/tcp").trim().split("\n").length - 1,
      strangers: strangers()
    })
    const nothing = { links: [], tables: "", lives: [], ports: 0, strangers: [] }

    /** The supervisor ends a little after the last container. */
    const gone = () => expect.poll(left, { timeout: 30_000 }).toEqual(nothing)

    /** Has a command die at one place after another, until it does not come to the place any more. */
    const walk = async (words: ReadonlyArray<string>, after: () => Promise<void>): Promise<number> => {
      for (let point = 1; ; point += stride) {
        const { code } = await engine.run(words, { env: { KASANE_CRASH_AT: String(point) } })
        await after()
        if (code === 0) return point
        expect(code).toBe(137)
      }
    }

    it("leave nothing that the next command does not undo, in a start and an end", async () => {
      const words = ["run", "--rm", "-p", "127.0.0.1:8090:80", "--network", "own", "base", "true"]
      const points = await walk(words, async () => {
        // A port that somebody still had, or an address of a small network, would not be there again and again.
        await engine.ok(words)
        await gone()
      })
      expect(points).toBeGreaterThan(20)
    }, 120_000)

    it("leave a container that can be connected and disconnected", async () => {
      await engine.ok(["run", "-d", "--name", "long", "base", "sleep", "1000"])
      const addresses = () => engine.ok(["exec", "long", "ip", "-o", "-4", "address"])
      for (const word of ["connect", "disconnect"]) {
        const other = word === "connect" ? "disconnect" : "connect"
        const points = await walk(["network", word, "own", "long"], async () => {
          const again = await engine.run(["network", word, "own", "long"])
          // It was done, and only the answer was not given.
          if (again.code !== 0) expect(again.stderr).toMatch(/already exists in network|is not connected to/)
          expect((await addresses()).match(/inet 10\.66\.0\./g)?.length ?? 0).toBe(word === "connect" ? 1 : 0)
          await engine.ok(["network", other, "own", "long"])
        })
        expect(points).toBeGreaterThan(8)
        await engine.ok(["network", word, "own", "long"])
      }
      await clear()
      await gone()
    }, 120_000)

    it("give no address twice to those that start at once, and keep a network that somebody joins", async () => {
      const names = ["one", "two", "three", "four"]
      const ran = names.map((name) =>
        engine.ok(["run", "-d", "--name", name, "--network", "own", "base", "sleep", "1000"])
      )
      const [removed] = await Promise.all([engine.run(["network", "rm", "own"]), Promise.allSettled(ran)])
      const running = (await engine.ok(["ps", "--format", "{{.Names}}"]))
        .split("\n")
        .filter((name) => name !== "")
      if (removed.code === 0) {
        // It was there first: then nobody is in it.
        expect(running).toEqual([])
        return
      }
      expect(removed.stderr).toContain("has active endpoints")
      const told = await Promise.all(
        running.map((name) =>
          engine.ok(["inspect", "-f", "{{.NetworkSettings.Networks.own.IPAddress}}", name])
        )
      )
      expect(new Set(told).size).toBe(names.length)
      await clear()
      await gone()
    }, 60_000)
  }
)
