import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as ContainerStatus from "../../../src/core/container/ContainerStatus.js"
import * as HealthCheck from "../../../src/core/container/HealthCheck.js"
import * as Restart from "../../../src/core/container/RestartDecision.js"

const seconds = (ms: number) => `${Math.floor(ms / 1000)} seconds`
const facts = {
  exitCode: 3,
  startedAt: "1970-01-01T00:00:01Z",
  finishedAt: "1970-01-01T00:00:05Z"
} as const

describe("the status column", () => {
  const cases: ReadonlyArray<readonly [ContainerStatus.StatusFacts, string]> = [
    [{ status: "created", exitCode: 0 }, "Created"],
    [{ ...facts, status: "running" }, "Up 9 seconds"],
    [{ ...facts, status: "running", health: "starting" }, "Up 9 seconds (health: starting)"],
    [{ ...facts, status: "running", health: "unhealthy" }, "Up 9 seconds (unhealthy)"],
    [{ ...facts, status: "paused", health: "healthy" }, "Up 9 seconds (Paused)"],
    [{ ...facts, status: "restarting" }, "Restarting (3) 5 seconds ago"],
    [{ ...facts, status: "exited" }, "Exited (3) 5 seconds ago"],
    [{ ...facts, status: "removing" }, "Removal In Progress"],
    [{ ...facts, status: "dead" }, "Dead"]
  ]
  for (const [state, text] of cases)
    it(`reads ${text}`, () => expect(ContainerStatus.describe(state, 10_000, seconds)).toBe(text))
})

describe("a restart policy", () => {
  const policies = FastCheck.constantFrom<Restart.RestartPolicy>(
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
  it("doubles its wait and starts anew after a long life", () => {
    const end = { exitCode: 1, stoppedByUser: false, restartCount: 0, ranForMs: 5, lastDelayMs: 400 }
    const always: Restart.RestartPolicy = { name: "always", maximumRetries: 0 }
    expect(Restart.decide(always, end)).toEqual(Restart.Verdict.Restart({ delayMs: 800 }))
    expect(Restart.decide(always, { ...end, ranForMs: 10_000 })).toEqual(
      Restart.Verdict.Restart({ delayMs: 100 })
    )
  })
})

describe("a health check", () => {
  const check: HealthCheck.Probe = {
    command: ["true"],
    intervalMs: 30_000,
    timeoutMs: 30_000,
    startPeriodMs: 10_000,
    startIntervalMs: 1_000,
    retries: 3
  }
  const result = (startedAt: number, exitCode: number) => ({
    startedAt,
    finishedAt: startedAt + 1,
    exitCode,
    output: ""
  })
  const afterProbes = (...results: ReadonlyArray<HealthCheck.ProbeResult>) =>
    results.reduce((record, one) => HealthCheck.observe(check, record, one, 0), HealthCheck.initial)

  it("is healthy at its first success, unhealthy after three failures in a row", () => {
    expect(afterProbes(result(1, 0)).status).toBe("healthy")
    expect(afterProbes(result(1, 0), result(2, 1), result(3, 1)).status).toBe("healthy")
    expect(afterProbes(result(1, 0), result(2, 1), result(3, 1), result(4, 1)).status).toBe("unhealthy")
  })
  it("does not count failures of its start period", () => {
    expect(afterProbes(result(1, 1), result(2, 1), result(3, 1), result(4, 1)).failingStreak).toBe(0)
    expect(afterProbes(result(20_000, 1), result(20_001, 1), result(20_002, 1)).status).toBe("unhealthy")
  })
  it("keeps five results", () => {
    expect(
      afterProbes(...Array.from({ length: 9 }, (_, n) => result(n, 0))).log.map((entry) => entry.startedAt)
    ).toEqual([4, 5, 6, 7, 8])
  })
  it("has Docker's defaults, and none for NONE", () => {
    expect(HealthCheck.probe({ Test: ["CMD-SHELL", "true"] })).toEqual({
      command: ["/bin/sh", "-c", "true"],
      intervalMs: 30_000,
      timeoutMs: 30_000,
      startPeriodMs: 0,
      startIntervalMs: 5_000,
      retries: 3
    })
    expect(HealthCheck.probe({ Test: ["NONE"] })).toBeUndefined()
  })
})
