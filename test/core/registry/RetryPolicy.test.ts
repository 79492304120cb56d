import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as RetryPolicy from "../../../src/core/registry/RetryPolicy.js"

describe("RetryPolicy", () => {
  const policy = RetryPolicy.standard
  it("reads Retry-After as seconds and as a date", () => {
    expect(RetryPolicy.retryAfter("3", 0)).toBe(3000)
    expect(RetryPolicy.retryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 4000)).toBe(6000)
    expect(RetryPolicy.retryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 20_000)).toBe(0)
    expect(RetryPolicy.retryAfter("soon", 0)).toBeUndefined()
  })
  it("does what it is asked within its patience", () => {
    expect(RetryPolicy.delay(policy, 1, 7000, 0)).toBe(7000)
    expect(RetryPolicy.delay(policy, 1, policy.patience + 1, 0)).toBeUndefined()
  })
  const jitter = FastCheck.double({ min: 0, max: 1, noNaN: true })
  it.prop(
    "waits longer each time, never too long, and ends",
    [FastCheck.integer({ min: 1, max: 4 }), jitter],
    ([n, j]) => {
      const delay = RetryPolicy.delay(policy, n, undefined, j) ?? Number.NaN
      expect(delay).toBeGreaterThanOrEqual(policy.firstDelay * 2 ** (n - 2))
      expect(delay).toBeLessThanOrEqual(policy.delayMax)
      expect(RetryPolicy.delay(policy, policy.attempts, undefined, j)).toBeUndefined()
    }
  )
})
