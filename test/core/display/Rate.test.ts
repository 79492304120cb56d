import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Rate from "../../../src/core/display/Rate.js"

const steps = FastCheck.array(
  FastCheck.record({ elapsed: FastCheck.integer({ min: 100, max: 5000 }), bytes: FastCheck.nat(10_000_000) }),
  { minLength: 1, maxLength: 30 }
)

describe("Rate", () => {
  it.prop("lies between the slowest and the fastest of the counts", [steps], ([steps]) => {
    let rate = Rate.start(0, 0)
    for (const { bytes, elapsed } of steps) rate = Rate.counted(rate, rate.at + elapsed, rate.bytes + bytes)
    const paces = steps.map(({ bytes, elapsed }) => (bytes / elapsed) * 1000)
    expect(rate.perSecond).toBeGreaterThanOrEqual(Math.min(...paces) * (1 - 1e-9))
    expect(rate.perSecond).toBeLessThanOrEqual(Math.max(...paces) * (1 + 1e-9))
  })

  it.prop(
    "of an even pace is that pace",
    [FastCheck.integer({ min: 100, max: 3000 }), FastCheck.nat(1000)],
    ([elapsed, pace]) => {
      let rate = Rate.start(0, 0)
      for (let count = 1; count < 20; count++)
        rate = Rate.counted(rate, count * elapsed, count * elapsed * pace)
      expect(rate.perSecond).toBeCloseTo(pace * 1000, 3)
    }
  )

  it("is not known at first, nor after a new beginning, and counts close together are one", () => {
    const first = Rate.start(1000, 50)
    expect(first.perSecond).toBeUndefined()
    expect(Rate.counted(first, 1050, 500)).toBe(first)
    expect(Rate.counted(Rate.counted(first, 2000, 1050), 3000, 10)).toEqual(Rate.start(3000, 10))
    expect(Rate.counted(first, 2000, 1050).perSecond).toBe(1000)
  })
})
