import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Names from "../../../src/core/display/Names.js"
import {
  bar,
  draw,
  emptyScreen,
  json,
  lineText,
  type ProgressLine
} from "../../../src/core/display/Progress.js"

/** A terminal that knows what the frames use: erase line, up, down, carriage return, line feed. */
const shown = (frames: string): ReadonlyArray<string> => {
  const lines: Array<string> = [""]
  let row = 0
  let column = 0
  for (const [, up, down, erase, control, character] of frames.matchAll(
    // biome-ignore lint/complexity/useRegexLiterals: a literal would hold an escape character
    new RegExp("\\u001b\\[(\\d+)A|\\u001b\\[(\\d+)B|(\\u001b\\[2K)|([\\r\\n])|(.)", "gu")
  )) {
    if (up !== undefined) row -= Number(up)
    else if (down !== undefined) row += Number(down)
    else if (erase !== undefined) lines[row] = ""
    else if (control === "\r") column = 0
    else if (control === "\n") {
      row++
      lines[row] ??= ""
    } else {
      const line = lines[row] ?? ""
      lines[row] = `${line.slice(0, column).padEnd(column)}${character}${line.slice(column + 1)}`
      column++
    }
  }
  return lines
}

const ids = ["d5f9ab1469fe", "6cae8170e7ac", "0e03bdcc26d7"]
const line = FastCheck.record({
  id: FastCheck.constantFrom(...ids),
  action: FastCheck.constantFrom("Waiting", "Downloading", "Pull complete")
})

describe("progress", () => {
  it("a bar where there is room, sizes where there is not", () => {
    expect(bar(50, 100, 120)).toBe(`[${"=".repeat(25)}>${" ".repeat(25)}]  50B/100B`)
    expect(bar(50, 100, 80)).toBe("50B/100B")
    expect(bar(0, 0, 120)).toContain("=>]")
    expect(lineText({ id: "a", action: "Downloading", current_bytes: 1500 }, 80)).toBe("a: Downloading 1.5kB")
  })
  it("how fast it goes stands behind", () => {
    const line = {
      id: "a",
      action: "Downloading",
      current_bytes: 50,
      total_bytes: 100,
      bytes_per_second: 1234
    }
    expect(lineText(line, 80)).toBe("a: Downloading 50B/100B  1.23kB/s")
  })
  it("JSON is what Docker's engine streams", () => {
    expect(json({ id: "a", action: "Downloading", current_bytes: 50, total_bytes: 100 })).toBe(
      '{"status":"Downloading","progressDetail":{"current":50,"total":100},"id":"a"}'
    )
    expect(json({ id: "a", action: "Waiting" })).toBe('{"status":"Waiting","progressDetail":{},"id":"a"}')
    expect(json({ id: "", action: "Status: done" })).toBe('{"status":"Status: done"}')
  })
  it.prop(
    "after any frames the screen shows the last line of each id, in order of appearance",
    [FastCheck.array(line)],
    ([lines]) => {
      let screen = emptyScreen
      let text = ""
      const latest = new Map<string, ProgressLine>()
      for (const next of lines) {
        const drawn = draw(screen, next, 80)
        screen = drawn[0]
        text += drawn[1]
        latest.set(next.id, next)
      }
      expect(shown(text)).toEqual([...Array.from(latest.values(), (last) => lineText(last, 80)), ""])
    }
  )
})

describe("names", () => {
  it.prop(
    "any index gives an adjective and a surname that a container may be called",
    [FastCheck.integer()],
    ([index]) => {
      expect(Names.name(index)).toMatch(/^[a-z]+_[a-z]+$/)
    }
  )
  it("every name is different", () => {
    expect(new Set(Array.from({ length: Names.count }, (_, index) => Names.name(index))).size).toBe(
      Names.count
    )
  })
})
