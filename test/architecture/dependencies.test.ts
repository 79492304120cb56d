import { execFileSync } from "node:child_process"
import { describe, expect, it } from "vitest"

describe("architecture", () => {
  it("imports go one way: main -> cli -> engine -> edge -> core", () => {
    let report: string
    try {
      report = execFileSync(
        "node_modules/.bin/depcruise",
        ["--config", "test/architecture/rules.cjs", "--output-type", "err-long", "src"],
        { encoding: "utf8" }
      )
    } catch (failure) {
      report = (failure as { stdout: string }).stdout
    }
    expect(report).toMatch(/no dependency violations found/)
  })
})
