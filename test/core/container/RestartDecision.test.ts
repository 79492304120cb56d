import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Restart from "../../../src/core/container/RestartDecision.js"
import type { RestartPolicy } from "../../../src/core/container/RestartPolicy.js"

describe("a restart policy", () => {
  const policies = FastCheck.constantFrom<RestartPolicy>(
    { name: "no", maximumRetries: 0 },
    { name: "always", maximumRetries: 0 },
    { name: "unless-stopped", maximumRetries: 0 },
    { name: "on-failure", maximumRetries: 0 },
    { name: "on-failure", maximumRetries: 4 }
  )
  const ends = FastCheck.record({
    exitCode: FastCheck.nat(255),
    stoppedByUser: FastCheck.boolean(),
    restartCount: FastCheck.nat(20),
    ranForMs: FastCheck.nat(30_000),
    lastDelayMs: FastCheck.option(FastCheck.integer({ min: 100, max: 60_000 }), { nil: undefined })
  })

  it.prop("never brings back what a person stopped", [policies, ends], ([policy, end]) => {
    expect(Restart.decide(policy, { ...end, stoppedByUser: true })._tag).toBe("Rest")
  })
  it.prop("waits between 100 ms and a minute", [policies, ends], ([policy, end]) => {
    const verdict = Restart.decide(policy, end)
    if (verdict._tag === "Restart") {
      expect(verdict.delayMs).toBeGreaterThanOrEqual(100)
      expect(verdict.delayMs).toBeLessThanOrEqual(60_000)
    }
  })
  it.prop("on-failure tries as often as it says and rests after success", [ends], ([end]) => {
    const verdict = Restart.decide(
      { name: "on-failure", maximumRetries: 4 },
      { ...end, stoppedByUser: false }
    )
    expect(verdict._tag).toBe(end.exitCode !== 0 && end.restartCount < 4 ? "Restart" : "Rest")
  })
  it.prop(
    "after a boot brings back what it would have brought back, and always",
    [policies, ends],
    ([policy, end]) => {
      const follows = Restart.decide(policy, end)._tag === "Restart"
      expect(Restart.revives(policy, end)).toBe(follows || policy.name === "always")
    }
  )
  it("doubles its wait and starts anew after a long life", () => {
    const end = { exitCode: 1, stoppedByUser: false, restartCount: 0, ranForMs: 5, lastDelayMs: 400 }
    const always: RestartPolicy = { name: "always", maximumRetries: 0 }
    expect(Restart.decide(always, end)).toEqual(Restart.Verdict.Restart({ delayMs: 800 }))
    expect(Restart.decide(always, { ...end, ranForMs: 10_000 })).toEqual(
      Restart.Verdict.Restart({ delayMs: 100 })
    )
  })
})
