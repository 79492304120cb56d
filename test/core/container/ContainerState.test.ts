import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ContainerState from "../../../src/core/container/ContainerState.js"
import * as HealthCheck from "../../../src/core/container/HealthCheck.js"
import * as RestartPolicy from "../../../src/core/container/RestartPolicy.js"

const { ContainerState: State } = ContainerState
const seconds = (ms: number) => `${Math.floor(ms / 1000)} seconds`
const life = { pid: 7, startedAt: 1000, health: "none" } as const
const ended = { exitCode: 3, startedAt: 1000, finishedAt: 5000, oomKilled: false, error: "" }

describe("the status column", () => {
  const cases: ReadonlyArray<readonly [ContainerState.ContainerState, string]> = [
    [State.Created({ error: "", exitCode: 0 }), "Created"],
    [State.Running(life), "Up 9 seconds"],
    [State.Running({ ...life, health: "starting" }), "Up 9 seconds (health: starting)"],
    [State.Running({ ...life, health: "unhealthy" }), "Up 9 seconds (unhealthy)"],
    [State.Paused({ ...life, health: "healthy" }), "Up 9 seconds (Paused)"],
    [State.Restarting(ended), "Restarting (3) 5 seconds ago"],
    [State.Exited(ended), "Exited (3) 5 seconds ago"],
    [State.Dead(ended), "Dead"]
  ]
  for (const [state, text] of cases)
    it(`of ${state._tag} reads ${text}`, () =>
      expect(ContainerState.describe(state, 10_000, seconds)).toBe(text))
})

describe("a restart policy", () => {
  const policies = FastCheck.constantFrom<RestartPolicy.RestartPolicy>(
    { name: "no", maximumRetryCount: 0 },
    { name: "always", maximumRetryCount: 0 },
    { name: "unless-stopped", maximumRetryCount: 0 },
    { name: "on-failure", maximumRetryCount: 0 },
    { name: "on-failure", maximumRetryCount: 4 }
  )
  const ends = FastCheck.record({
    exitCode: FastCheck.nat(255),
    stoppedByUser: FastCheck.boolean(),
    restartCount: FastCheck.nat(20),
    ranForMs: FastCheck.nat(30_000),
    lastDelayMs: FastCheck.option(FastCheck.integer({ min: 100, max: 60_000 }), { nil: undefined })
  })

  it.prop("is read back from its print", [policies], ([policy]) => {
    expect(RestartPolicy.parse(RestartPolicy.print(policy))).toEqual(Either.right(policy))
  })
  it.prop("never brings back what a person stopped", [policies, ends], ([policy, end]) => {
    expect(RestartPolicy.decide(policy, { ...end, stoppedByUser: true })._tag).toBe("Rest")
  })
  it.prop("waits between 100 ms and a minute", [policies, ends], ([policy, end]) => {
    const verdict = RestartPolicy.decide(policy, end)
    if (verdict._tag === "Restart") {
      expect(verdict.delayMs).toBeGreaterThanOrEqual(100)
      expect(verdict.delayMs).toBeLessThanOrEqual(60_000)
    }
  })
  it.prop("on-failure tries as often as it says and rests after success", [ends], ([end]) => {
    const verdict = RestartPolicy.decide(
      { name: "on-failure", maximumRetryCount: 4 },
      { ...end, stoppedByUser: false }
    )
    expect(verdict._tag).toBe(end.exitCode !== 0 && end.restartCount < 4 ? "Restart" : "Rest")
  })
  it("doubles its wait and starts anew after a long life", () => {
    const end = { exitCode: 1, stoppedByUser: false, restartCount: 0, ranForMs: 5, lastDelayMs: 400 }
    const always: RestartPolicy.RestartPolicy = { name: "always", maximumRetryCount: 0 }
    expect(RestartPolicy.decide(always, end)).toEqual(RestartPolicy.Verdict.Restart({ delayMs: 800 }))
    expect(RestartPolicy.decide(always, { ...end, ranForMs: 10_000 })).toEqual(
      RestartPolicy.Verdict.Restart({ delayMs: 100 })
    )
  })
  it("refuses what it does not know, in Docker's words", () => {
    const message = (text: string) =>
      Either.match(RestartPolicy.parse(text), { onLeft: (e) => e.message, onRight: () => "" })
    expect(message("bogus")).toBe(
      "invalid restart policy: unknown policy 'bogus'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
    )
    expect(message("always:3")).toBe(
      "invalid restart policy: maximum retry count can only be used with 'on-failure'"
    )
    expect(message("on-failure:x")).toBe(
      "invalid restart policy format: maximum retry count must be an integer"
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
