import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as DelegatedGroups from "../support/DelegatedGroups.js"
import { type Kasane, kasane, scratch } from "../support/Kasane.js"
import * as RootFs from "../support/RootFs.js"
import * as Unprivileged from "../support/Unprivileged.js"

const missing = DelegatedGroups.missing()

// Needs root, to make a user and to hand groups over.
describe.skipIf(missing !== undefined)(
  `an ordinary user's control groups${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let user: Unprivileged.Unprivileged
    let groups: DelegatedGroups.DelegatedGroups
    let place: string
    let inside: Kasane
    let outside: Kasane

    beforeAll(async () => {
      user = Unprivileged.create()
      groups = DelegatedGroups.handOver(user)
      place = await scratch(user, "delegated")
      inside = kasane(groups.caller, path.join(place, "inside"))
      outside = kasane(user, path.join(place, "outside"))
      const tar = RootFs.tar(place)
      for (const engine of [inside, outside]) await engine.ok(["import", tar, "base:1"])
    })
    afterAll(async () => {
      await inside.run(["rm", "-f", "frozen"])
      user.remove()
      groups.remove()
      fs.rmSync(place, { recursive: true, force: true })
    })

    it("freeze a container where they were handed over", async () => {
      await inside.ok(["run", "-d", "--name", "frozen", "base:1", "sleep", "1000"])
      await inside.ok(["pause", "frozen"])
      expect(await inside.ok(["inspect", "-f", "{{.State.Status}}", "frozen"])).toBe("paused\n")
      await inside.ok(["unpause", "frozen"])
      expect(await inside.ok(["inspect", "-f", "{{.State.Status}}", "frozen"])).toBe("running\n")
      // While it runs, its files are seen from the host.
      const merged = await inside.ok(["inspect", "-f", "{{.GraphDriver.Data.MergedDir}}", "frozen"])
      expect(fs.existsSync(`${merged.trim()}/bin/sh`)).toBe(true)
      await inside.ok(["rm", "-f", "frozen"])
    })

    it("limit it by the controllers that came along, from its first process on", async ({ skip }) => {
      if (!groups.controllers.includes("pids")) skip("pids is no controller that can be handed over here")
      const tooMany = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait"]
      const { stderr } = await inside.run(["run", "--rm", "--pids-limit", "5", "base:1", ...tooMany])
      expect(stderr).toMatch(/can't fork|Cannot fork|Resource temporarily unavailable/)
    })

    it("are missing in an ordinary session, which is told with a way out", async () => {
      await outside.ok(["run", "-d", "--name", "free", "base:1", "sleep", "1000"])
      for (const words of [
        ["pause", "free"],
        ["run", "--rm", "--pids-limit", "5", "base:1", "true"]
      ])
        expect(await outside.run(words)).toMatchObject({
          code: words[0] === "run" ? 125 : 1,
          stderr: expect.stringContaining("systemd-run --user --scope")
        })
      await outside.ok(["rm", "-f", "free"])
    })
  }
)
