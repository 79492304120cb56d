import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import { binarySize, decimalSize } from "../../../src/core/display/Size.js"

describe("sizes", () => {
  it.each([
    [0, "0B"],
    [999, "999B"],
    [1000, "1kB"],
    [13336, "13.3kB"],
    [5571000, "5.57MB"],
    [999_999, "1MB"],
    [104_857_600, "105MB"],
    [1.5e12, "1.5TB"]
  ])("%d is %s", (bytes, text) => {
    expect(decimalSize(bytes)).toBe(text)
  })
  it("a build context keeps four digits", () => {
    expect(decimalSize(2048, 4)).toBe("2.048kB")
  })
  it("memory is binary", () => {
    expect(binarySize(512 * 1024 * 1024)).toBe("512MiB")
  })
  it.prop("at most three digits and a unit", [FastCheck.integer({ min: 0 })], ([bytes]) => {
    expect(decimalSize(bytes)).toMatch(/^(\d{1,3}|\d\.\d{1,2}|\d\d\.\d)(B|kB|MB|GB|TB|PB|EB)$/)
  })
})
