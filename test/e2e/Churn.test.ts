import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { crowd } from "../churn/Crowd.js"
import { cycles } from "../churn/Cycles.js"
import { leaks } from "../churn/Traces.js"
import * as World from "../churn/World.js"
import * as NetworkNamespace from "../support/NetworkNamespace.js"

/** Less than `npm run churn` does, by the same code. */
describe.skipIf(!NetworkNamespace.available)("many containers", () => {
  let world: World.World
  beforeAll(async () => {
    world = await World.create()
  })
  afterAll(() => world.remove())

  it("at once: one supervisor keeps them in little memory, their logs are whole, nothing is left", async () => {
    const { supervisors, supervisor_bytes, monitors_bytes, wrong, before, after } = await crowd(world, 9)
    expect({ supervisors, wrong }).toEqual({ supervisors: 1, wrong: [] })
    expect(supervisor_bytes).toBeLessThan(115e6)
    // Monitors have no memory but their own few pages.
    expect(monitors_bytes / 9).toBeLessThan(200e3)
    expect(leaks(before, after)).toEqual([])
  }, 120_000)

  it("one after another: each is as gone as if it had never been", async () => {
    const { before, after } = await cycles(world, 20)
    expect(leaks(before, after)).toEqual([])
  }, 120_000)
})
