import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as BuildFrame from "../../../src/core/display/BuildFrame.js"
import * as Columns from "../../../src/core/display/Columns.js"
import * as Redraw from "../../../src/core/display/Redraw.js"
import { Screen } from "../../support/Screen.js"

const row = (name: string, more: Partial<BuildFrame.Row> = {}): BuildFrame.Row => ({
  name,
  state: "running",
  startedAt: 1000,
  endedAt: undefined,
  tail: [],
  ...more
})

const board: BuildFrame.Board = {
  startedAt: 0,
  done: 3,
  total: 7,
  rows: [
    row("[internal] load build context", { state: "done", startedAt: 0, endedAt: 40 }),
    row("[1/7] FROM debian:12 AS build", { state: "done", startedAt: 100, endedAt: 1250 }),
    row("[3/7] COPY . /src", { state: "cached", startedAt: 1250, endedAt: 1250 }),
    row("[4/7] RUN make all", { tail: ["cc -c one.c", "cc -c two.c", "cc -c three.c"] }),
    row("[6/7] RUN go build ./cmd/a-command-with-a-long-name", { startedAt: 900, tail: ["downloading"] })
  ]
}
const texts = (lines: ReadonlyArray<BuildFrame.Line>) => lines.map(({ text }) => text)

describe("the frame of a build", () => {
  it("has a line for each step, with times at the right edge, and the tail of what runs", () => {
    expect(texts(BuildFrame.running(board, { columns: 60, rows: 24 }, 3456))).toEqual([
      "[+] Building 3.4s (3/7)",
      " => [internal] load build context                       0.0s",
      " => [1/7] FROM debian:12 AS build                       1.1s",
      " => CACHED [3/7] COPY . /src                            0.0s",
      " => [4/7] RUN make all                                  2.4s",
      " => => # cc -c one.c",
      " => => # cc -c two.c",
      " => => # cc -c three.c",
      " => [6/7] RUN go build ./cmd/a-command-with-a-long-name 2.5s",
      " => => # downloading"
    ])
  })

  it("gives up output, then steps that have ended, where the terminal is low", () => {
    expect(texts(BuildFrame.running(board, { columns: 40, rows: 9 }, 3456))).toEqual([
      "[+] Building 3.4s (3/7)",
      " => [internal] load build context   0.0s",
      " => [1/7] FROM debian:12 AS build   1.1s",
      " => CACHED [3/7] COPY . /src        0.0s",
      " => [4/7] RUN make all              2.4s",
      " => => # cc -c three.c",
      " => [6/7] RUN go build ./cmd/a-comm 2.5s",
      " => => # downloading"
    ])
    expect(texts(BuildFrame.running(board, { columns: 40, rows: 5 }, 3456))).toEqual([
      "[+] Building 3.4s (3/7)",
      " => CACHED [3/7] COPY . /src        0.0s",
      " => [4/7] RUN make all              2.4s",
      " => [6/7] RUN go build ./cmd/a-comm 2.5s"
    ])
  })

  it("ends with every step on one line", () => {
    const ended: BuildFrame.Board = {
      ...board,
      rows: [
        row("[4/7] RUN make all", { state: "failed", endedAt: 61_900, tail: ["no"] }),
        row("[6/7] RUN x", { state: "stopped", endedAt: 61_900 })
      ]
    }
    expect(BuildFrame.summary(ended, 50, 62_000, "FAILED")).toEqual([
      { text: "[+] Building 1m02.0s (3/7) FAILED", style: "plain" },
      { text: " => ERROR [4/7] RUN make all               1m00.9s", style: "failed" },
      { text: " => CANCELED [6/7] RUN x                   1m00.9s", style: "faint" }
    ])
  })

  const rows = FastCheck.array(
    FastCheck.record({
      name: FastCheck.string({ unit: "grapheme-composite", maxLength: 30 }).map(Columns.plain),
      state: FastCheck.constantFrom("running", "done", "cached", "failed", "stopped" as const),
      startedAt: FastCheck.nat(5000),
      endedAt: FastCheck.option(FastCheck.nat(9000), { nil: undefined }),
      tail: FastCheck.array(FastCheck.string({ maxLength: 20 }).map(Columns.plain), { maxLength: 9 })
    }),
    { maxLength: 12 }
  ) as FastCheck.Arbitrary<ReadonlyArray<BuildFrame.Row>>
  const size = FastCheck.record({
    columns: FastCheck.integer({ min: 4, max: 60 }),
    rows: FastCheck.integer({ min: 2, max: 20 })
  })

  it.prop("never is wider or higher than the terminal", [rows, size], ([given, at]) => {
    const frame = BuildFrame.running({ startedAt: 0, done: 0, total: 0, rows: given }, at, 9999)
    expect(frame.length).toBeLessThan(at.rows)
    for (const { text } of frame) expect(Columns.width(text)).toBeLessThanOrEqual(at.columns)
  })
})

describe("drawing over", () => {
  const line = FastCheck.record({
    text: FastCheck.constantFrom("", "a", "some words", "0123456789", "another line of it"),
    style: FastCheck.constantFrom<BuildFrame.Style>("plain", "done", "failed", "faint")
  })
  const frames = FastCheck.array(FastCheck.array(line, { maxLength: 6 }), { maxLength: 8 })

  it.prop("leaves the last frame and nothing else, below what was there before", [frames], ([given]) => {
    const screen = new Screen(20, 7)
    for (let index = 0; index < 9; index++) screen.write(`before ${index}\r\n`)
    let drawn = Redraw.nothing
    for (const lines of given) {
      const [after, text] = Redraw.redraw(drawn, lines, 20, true)
      drawn = after
      screen.write(text)
      expect(screen.lines.slice(9)).toEqual(lines.map(({ text: each }) => each))
      expect(screen.isCursorShown).toBe(true)
    }
  })

  it("says nothing where nothing has changed, and writes over what has", () => {
    const lines = (last: string): ReadonlyArray<BuildFrame.Line> => [
      { text: "same", style: "plain" },
      { text: last, style: "plain" }
    ]
    const [drawn] = Redraw.redraw(Redraw.nothing, lines("one"), 20, false)
    expect(Redraw.redraw(drawn, lines("one"), 20, false)[1]).toBe("")
    expect(Redraw.redraw(drawn, lines("two"), 20, false)[1]).toBe(
      "\u001b[?25l\r\u001b[2A\r\ntwo\u001b[K\r\n\u001b[?25h"
    )
  })

  it("goes up by the rows that lines take after the terminal has become narrower, and erases them", () => {
    const wide = [{ text: "0123456789", style: "plain" } as const]
    const [drawn] = Redraw.redraw(Redraw.nothing, wide, 10, false)
    expect(Redraw.redraw(drawn, [{ text: "0123", style: "plain" }], 4, false)[1]).toBe(
      "\u001b[?25l\r\u001b[3A\u001b[J0123\u001b[K\r\n\u001b[?25h"
    )
  })
})

describe("columns", () => {
  it("are two for wide characters, none for combining ones", () => {
    expect(["abc", "日本", "e\u0301", "🚀"].map(Columns.width)).toEqual([3, 4, 1, 2])
    expect(Columns.cut("日本語", 5)).toBe("日本")
    expect(Columns.fit("日", 4)).toBe("日  ")
  })

  it("hold no control characters, and of what was written over only the last", () => {
    expect(Columns.plain("10%\r50%\r100%\r")).toBe("100%\r".replace("\r", ""))
    expect(Columns.plain("\u001b[1;31mred\u001b[0m\ttab\u001b]0;title\u0007\u0008")).toBe("red    tab")
  })
})
