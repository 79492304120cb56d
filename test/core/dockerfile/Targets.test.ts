import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Parser from "../../../src/core/dockerfile/Parser.js"
import * as Targets from "../../../src/core/dockerfile/Targets.js"

describe("targets", () => {
  it("are the stages, the last one by default, each with what its comment says", () => {
    const text = [
      "# build compiles",
      "FROM --platform=$BUILDPLATFORM go:$V AS Build",
      "# not a description of it",
      "FROM build AS test",
      "FROM scratch"
    ].join("\n")
    expect(Targets.list(Either.getOrThrow(Parser.parse(text)))).toMatchObject([
      { name: "build", isDefault: false, description: "compiles", base: "go:$V", platform: "$BUILDPLATFORM" },
      { name: "test", isDefault: false, description: "", base: "build", platform: undefined },
      { name: undefined, isDefault: true, description: "", base: "scratch" }
    ])
  })
})
