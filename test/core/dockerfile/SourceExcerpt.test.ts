import { describe, expect, it } from "@effect/vitest"
import * as SourceExcerpt from "../../../src/core/dockerfile/SourceExcerpt.js"

const text = "FROM a\nRUN b\nRUN c\nRUN d\nRUN e\nRUN f\n"

describe("an excerpt", () => {
  it("shows two lines around a single one", () => {
    expect(SourceExcerpt.render(text, "Dockerfile", [3, 3])).toBe(
      [
        "Dockerfile:3",
        "--------------------",
        "   1 |     FROM a",
        "   2 |     RUN b",
        "   3 | >>> RUN c",
        "   4 |     RUN d",
        "   5 |     RUN e",
        "--------------------",
        ""
      ].join("\n")
    )
  })

  it("shows one line around several, up to the file's ends", () => {
    expect(SourceExcerpt.render("FROM a\nRUN <<E\nb", "x/Containerfile", [2, 3])).toBe(
      [
        "x/Containerfile:2",
        "--------------------",
        "   1 |     FROM a",
        "   2 | >>> RUN <<E",
        "   3 | >>> b",
        "--------------------",
        ""
      ].join("\n")
    )
  })

  it("is empty for lines that the text does not have", () => {
    expect(SourceExcerpt.render(text, "Dockerfile", [0, 0])).toBe("")
    expect(SourceExcerpt.render(text, "Dockerfile", [9, 9])).toBe("")
  })
})
