import { describe, expect, it } from "vitest"
import { ago, duration, goTime } from "../../../src/core/display/Age.js"

const second = 1000
const hour = 3600 * second
const day = 24 * hour

describe("duration", () => {
  it.each([
    [0, "Less than a second"],
    [999, "Less than a second"],
    [second, "1 second"],
    [4.9 * second, "4 seconds"],
    [60 * second, "About a minute"],
    [119 * second, "About a minute"],
    [120 * second, "2 minutes"],
    [59 * 60 * second, "59 minutes"],
    [hour, "About an hour"],
    [1.4 * hour, "About an hour"],
    [1.5 * hour, "2 hours"],
    [47 * hour, "47 hours"],
    [2 * day, "2 days"],
    [13 * day, "13 days"],
    [21 * day, "3 weeks"],
    [150 * day, "5 months"],
    [729 * day, "24 months"],
    [800 * day, "2 years"]
  ])("%d ms is %s", (span, text) => {
    expect(duration(span)).toBe(text)
  })
  it("a time that was never set has no age", () => {
    expect(ago(undefined, 5)).toBe("N/A")
    expect(ago(Number.NaN, 5)).toBe("N/A")
    expect(ago(1000, 6000)).toBe("5 seconds ago")
  })
  it("times print as Go's", () => {
    expect(goTime(Date.UTC(2020, 0, 3, 1, 21, 37))).toBe("2020-01-03 01:21:37 +0000 UTC")
  })
})
