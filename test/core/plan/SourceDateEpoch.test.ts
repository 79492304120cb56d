import { describe, expect, it } from "@effect/vitest"
import * as NamedContext from "../../../src/core/plan/NamedContext.js"
import * as SourceDateEpoch from "../../../src/core/plan/SourceDateEpoch.js"
import { options, planned, refusal } from "./planning.js"

const contexts = new Map([["vendor", NamedContext.NamedContext.Files()]])
const build = "FROM debian\nARG SOURCE_DATE_EPOCH\nRUN make"
const epochOf = (value: string, stage = "") =>
  planned(`ARG SOURCE_DATE_EPOCH=${value}\n${stage}${build}`, { contexts }).epoch
const source = (add: string) => `FROM scratch AS src\n${add}\n`

describe("SOURCE_DATE_EPOCH", () => {
  it("is a time, or names what has one", () => {
    expect(epochOf("")).toEqual({ _tag: "None" })
    expect(epochOf("12")).toEqual({ _tag: "Time", seconds: 12 })
    expect(epochOf("context")).toEqual({ _tag: "Source", source: { _tag: "Context" } })
    expect(epochOf("vendor")).toEqual({ _tag: "Source", source: { _tag: "Named", name: "vendor" } })
    const checksum = `sha256:${"a".repeat(64)}`
    expect(epochOf("src", source(`ARG V=1\nADD --checksum=${checksum} https://a.example/$V.tar /`))).toEqual({
      _tag: "Source",
      source: { _tag: "Http", url: "https://a.example/1.tar", checksum }
    })
    expect(epochOf("SRC", source("ADD https://a.example/r.git#v1 /"))).toMatchObject({
      source: { _tag: "Git", repository: { remote: "https://a.example/r.git", ref: "v1" } }
    })
  })

  it.each([
    ["nosuch", "", "invalid SOURCE_DATE_EPOCH: nosuch"],
    ["src", "FROM debian AS src\n", "SOURCE_DATE_EPOCH stage must use FROM scratch"],
    ["src", source("ADD here /"), "SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD"],
    [
      "src",
      source("COPY a /"),
      "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported COPY instruction"
    ],
    ["src", source(""), "SOURCE_DATE_EPOCH stage must contain exactly one remote ADD"]
  ])("that names %s with %j is refused", (value, stage, message) => {
    expect(refusal(`ARG SOURCE_DATE_EPOCH=${value}\n${stage}${build}`)).toBe(message)
  })

  it("that was looked up goes before what the file says, and is what RUN sees", () => {
    const text = `ARG SOURCE_DATE_EPOCH=context\n${build}`
    for (const [seconds, epoch, seen] of [
      [7, { _tag: "Time", seconds: 7 }, "7"],
      [undefined, { _tag: "None" }, ""]
    ] as const) {
      const plan = planned(text, SourceDateEpoch.withTime(options, seconds))
      expect(plan.epoch).toEqual(epoch)
      const run = plan.stages[0]?.steps.at(-1)?.operation
      expect(run).toMatchObject({ env: expect.arrayContaining([`SOURCE_DATE_EPOCH=${seen}`]) })
    }
  })
})
