import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import { ellipsis } from "../../../src/core/display/Ellipsis.js"
import { statusText } from "../../../src/core/display/Status.js"
import { table, tableOfTabs } from "../../../src/core/display/Table.js"

describe("table", () => {
  it("columns are the widest cell and three spaces, ten at least, the last one free", () => {
    const rows = [
      ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
      ["hello", "latest", "bf756fb1ae65", "5 months ago", "13.3kB"]
    ]
    expect(table(rows)).toBe(
      "REPOSITORY   TAG       IMAGE ID       CREATED        SIZE\n" +
        "hello        latest    bf756fb1ae65   5 months ago   13.3kB\n"
    )
    expect(tableOfTabs(rows.map((row) => row.join("\t")).join("\n"))).toBe(table(rows))
  })
  it("nothing is nothing", () => expect(table([])).toBe(""))
  it("counts characters, not bytes", () => {
    expect(
      table([
        ["重ね重ね重ね重ね重ね", "x"],
        ["a", "y"]
      ]).split("\n")[1]
    ).toBe(`a${" ".repeat(12)}y`)
  })
})

describe("ellipsis", () => {
  it.prop(
    "never longer than asked, and a prefix",
    [FastCheck.string({ unit: "grapheme" }), FastCheck.integer({ min: 2, max: 30 })],
    ([text, width]) => {
      const cut = ellipsis(text, width)
      expect(Array.from(cut).length).toBeLessThanOrEqual(width)
      expect(cut === text || text.startsWith(cut.slice(0, -1))).toBe(true)
    }
  )
})

describe("statusText", () => {
  const now = 1_000_000
  it.each([
    [{ status: "created", exitCode: 0 }, "Created"],
    [{ status: "running", exitCode: 0, started_ms: now - 4000 }, "Up 4 seconds"],
    [
      { status: "running", exitCode: 0, started_ms: now - 4000, health: "starting" },
      "Up 4 seconds (health: starting)"
    ],
    [{ status: "paused", exitCode: 0, started_ms: now - 4000 }, "Up 4 seconds (Paused)"],
    [{ status: "exited", exitCode: 137, finished_ms: now - 120_000 }, "Exited (137) 2 minutes ago"],
    [{ status: "restarting", exitCode: 1, finished_ms: now - 500 }, "Restarting (1) Less than a second ago"],
    [{ status: "removing", exitCode: 0 }, "Removal In Progress"],
    [{ status: "dead", exitCode: 0 }, "Dead"]
  ] as const)("%j is %s", (state, text) => {
    expect(statusText(state, now)).toBe(text)
  })
})
