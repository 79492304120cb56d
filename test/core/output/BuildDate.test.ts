import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as BuildDate from "../../../src/core/output/repro/BuildDate.js"

const day = Date.UTC(2026, 10, 4, 12, 59)
const all = BuildDate.spellings(day)
const found = (text: string) => BuildDate.found(Buffer.from(text), all)

describe("the day of a build", () => {
  it.each([
    "2026-11-04T10:00Z",
    "v20261104",
    "Nov  4 2026",
    "built on 4 November 2026",
    "11/04/26",
    "04.11.2026"
  ])("is found in %j", (text) => expect(found(`x\0${text}\n`)).toBeDefined())
  it.each(["2026-11-05", "20261104123", "120261104", "Nov 4", "4.11", ""])("is not found in %j", (text) =>
    expect(found(text)).toBeUndefined()
  )
  it.prop(
    "is found wherever it stands, and the day before is another",
    [FastCheck.integer({ min: 0, max: 4_000_000_000_000 }), FastCheck.string(), FastCheck.string()],
    ([millis, before, after]) => {
      for (const spelling of BuildDate.spellings(millis))
        expect(
          BuildDate.found(Buffer.from(`${before} ${spelling} ${after}`), BuildDate.spellings(millis))
        ).toBeDefined()
      const other = new Set(BuildDate.spellings(millis - 86_400_000))
      expect(BuildDate.spellings(millis).filter((one) => other.has(one))).toEqual([])
    },
    { fastCheck: { numRuns: 50 } }
  )
})
