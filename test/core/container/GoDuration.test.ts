import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as GoDuration from "../../../src/core/container/GoDuration.js"

describe("GoDuration", () => {
  it.each([
    [0, "0s"],
    [1, "1ns"],
    [1500, "1.5µs"],
    [100e6, "100ms"],
    [1.5e9, "1.5s"],
    [90e9, "1m30s"],
    [3600e9, "1h0m0s"],
    [-2e9, "-2s"]
  ])("%i ns is %s", (nanoseconds, text) => {
    expect(GoDuration.text(nanoseconds)).toBe(text)
  })

  it.prop(
    "reads what it prints",
    [FastCheck.integer({ min: -(2 ** 50), max: 2 ** 50 })],
    ([nanoseconds]) => GoDuration.parse(GoDuration.text(nanoseconds)) === nanoseconds
  )
})
