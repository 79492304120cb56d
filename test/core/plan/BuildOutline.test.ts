import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as BuildOutline from "../../../src/core/plan/BuildOutline.js"
import type { PlanOptions } from "../../../src/core/plan/BuildPlan.js"
import * as Planner from "../../../src/core/plan/Planner.js"

const outline = (lines: ReadonlyArray<string>, given: Partial<PlanOptions> = {}) => {
  const options: PlanOptions = {
    target: undefined,
    buildArgs: {},
    labels: {},
    buildPlatform: { os: "linux", architecture: "amd64" },
    targetPlatform: undefined,
    network: "default",
    ...given
  }
  const dockerfile = Either.getOrThrow(Parser.parse(lines.join("\n")))
  const outcome = Either.getOrThrow(Planner.plan(dockerfile, options, () => undefined))
  if (outcome._tag !== "Planned") throw new Error("needs images")
  return BuildOutline.outline(dockerfile, options, outcome.plan)
}

const shown = (given: BuildOutline.BuildOutline) =>
  given.args.map(({ name, value, description, range }) =>
    `${range.start.line} ${name}=${value} ${description}`.trim()
  )

const file = [
  "# MAJOR the release line",
  "ARG MAJOR=3",
  "ARG VERSION=$MAJOR.1",
  "ARG UNUSED=x",
  "# base has the tools",
  "FROM scratch AS base",
  "ARG VERSION",
  "ARG MODE=fast NAME",
  "FROM scratch AS other",
  "ARG OTHER",
  "FROM base",
  "ARG LATER=$MODE",
  "RUN --mount=type=secret,id=key,required=true --mount=type=ssh --mount=type=secret,id=key x"
]

describe("an outline", () => {
  it("has the arguments of the needed stages and the global ones behind them", () => {
    expect(shown(outline(file))).toEqual([
      "2 MAJOR=3 the release line",
      "3 VERSION=3.1",
      "8 MODE=fast",
      "8 NAME=",
      "12 LATER=fast"
    ])
  })

  it("has the values that the command line gives", () => {
    expect(shown(outline(file, { target: "base", buildArgs: { MAJOR: "4", NAME: "n" } }))).toEqual([
      "2 MAJOR=4 the release line",
      "3 VERSION=4.1",
      "8 MODE=fast",
      "8 NAME=n"
    ])
  })

  it("has secrets and sockets once, and the target's name and description", () => {
    expect(outline(file)).toMatchObject({
      name: undefined,
      secrets: [{ id: "key", isRequired: true }],
      agents: [{ id: "default", isRequired: false }]
    })
    expect(outline(file, { target: "base" })).toMatchObject({
      name: "base",
      description: "has the tools",
      secrets: [],
      agents: []
    })
  })
})
