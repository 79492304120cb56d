import { describe, expect, it } from "@effect/vitest"
import * as HealthCheck from "../../../src/core/container/HealthCheck.js"

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
