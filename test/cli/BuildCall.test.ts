import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as BuildCall from "../../src/cli/build/BuildCall.js"
import { ofLines } from "../../src/core/dockerfile/SourceRange.js"
import type { CheckedBuild, Told } from "../../src/engine/CheckBuild.js"

const text = "FROM a as b\nCMD c\n"
const told = <A>(answer: A): Told<A> => ({ answer, text, fileName: "Dockerfile" })
const checked = (...lines: ReadonlyArray<number>): Told<CheckedBuild> =>
  told({
    report: {
      isError: false,
      warnings: lines.map((line) => ({
        rule: "FromAsCasing" as const,
        message: `odd ${line}`,
        range: ofLines(line, line)
      }))
    },
    problem: undefined
  })

describe("a call", () => {
  it.each([
    ["check", { method: "check", format: "text" }],
    ["lint,format=json", { method: "check", format: "json" }],
    ["outline,format=text", { method: "outline", format: "text" }]
  ])("%s", (given, call) => {
    expect(Either.getOrThrow(BuildCall.parse(given))).toEqual(call)
  })

  it.each(["foo", "check,format=yaml", ""])("%j is refused", (given) => {
    expect(Either.isLeft(BuildCall.parse(given))).toBe(true)
  })
})

describe("a check", () => {
  it("counts, then shows each warning with its lines", () => {
    expect(BuildCall.check(checked(), "text")).toBe("Check complete, no warnings found.\n")
    expect(BuildCall.check(checked(1), "text")).toBe(
      [
        "Check complete, 1 warning has been found!",
        "",
        "WARNING: FromAsCasing - https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
        "odd 1",
        "Dockerfile:1",
        "--------------------",
        "   1 | >>> FROM a as b",
        "   2 |     CMD c",
        "   3 |     ",
        "--------------------",
        ""
      ].join("\n")
    )
    expect(BuildCall.check(checked(1, 2), "text")).toContain("2 warnings have been found!")
  })

  it("as JSON has BuildKit's fields", () => {
    expect(JSON.parse(BuildCall.check(checked(2), "json"))).toEqual({
      warnings: [
        {
          ruleName: "FromAsCasing",
          description: "The 'as' keyword should match the case of the 'from' keyword",
          url: "https://docs.docker.com/go/dockerfile/rule/from-as-casing/",
          detail: "odd 2",
          location: { ranges: [{ start: { line: 2 }, end: { line: 2 } }] }
        }
      ],
      sources: [
        { filename: "Dockerfile", language: "Dockerfile", data: Buffer.from(text).toString("base64") }
      ]
    })
  })
})

describe("targets and outline", () => {
  const range = ofLines(1, 1)

  it("are tables", () => {
    const targets = [
      { name: "b", isDefault: false, description: "does it", base: "a", platform: undefined, range },
      { name: undefined, isDefault: true, description: "", base: "b", platform: undefined, range }
    ]
    expect(
      BuildCall.targets(told(targets), "text")
        .split("\n")
        .map((line) => line.trimEnd())
    ).toEqual(["TARGET      DESCRIPTION", "b           does it", "(default)", ""])
    const outline = {
      name: "b",
      description: "does it",
      args: [{ name: "V", value: "1", description: "which", range }],
      secrets: [{ id: "key", isRequired: true, range }],
      agents: []
    }
    expect(
      BuildCall.outline(told(outline), "text")
        .split("\n")
        .map((line) => line.trimEnd())
    ).toEqual([
      "TARGET:        b",
      "DESCRIPTION:   does it",
      "",
      "BUILD ARG   VALUE     DESCRIPTION",
      "V           1         which",
      "",
      "SECRET    REQUIRED",
      "key       true",
      ""
    ])
  })

  it("as JSON leave out what is empty", () => {
    const target = {
      name: undefined,
      isDefault: true,
      description: "",
      base: "b",
      platform: undefined,
      range
    }
    expect(JSON.parse(BuildCall.targets(told([target]), "json"))).toMatchObject({
      targets: [{ default: true, base: "b", location: { ranges: [{ start: { line: 1 } }] } }]
    })
  })
})
