import { spawnSync } from "node:child_process"
import { it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as ShellWords from "../../../src/core/display/ShellWords.js"

const words = FastCheck.array(
  FastCheck.oneof(
    FastCheck.string(),
    FastCheck.constantFrom(
      "",
      "a b",
      "it's",
      '"',
      "\\",
      "#x",
      "a#b",
      "$HOME",
      "`id`",
      "*",
      "a\nb",
      "-e",
      "ü;",
      "~"
    )
  )
)

const split = (text: string) =>
  Either.match(ShellWords.split(text), { onLeft: ({ message }) => message, onRight: (found) => found })

describe("words of a shell", () => {
  it.prop("are what they were once they are joined and split", [words], ([list]) => {
    expect(split(ShellWords.join(list))).toEqual(list)
    expect(split(`# a comment\n${list.map(ShellWords.quote).join(" \\\n  ")} # another\n`)).toEqual(list)
  })

  it("are what a real shell makes of them", () => {
    FastCheck.assert(
      FastCheck.property(words, (list) => {
        const told = list.map((word) => word.replaceAll("\0", ""))
        const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${ShellWords.join(told)}`], {
          encoding: "utf8"
        })
        expect(stdout).toBe(told.length === 0 ? "\0" : told.map((word) => `${word}\0`).join(""))
      }),
      { numRuns: 20 }
    )
  })

  it.each([
    [`a "b c"'d'\\ e`, ["a", "b cd e"]],
    ['"a\\"b\\\\c\\d\\\ne"', ['a"b\\c\\de']],
    ["a \\\n b\n\n", ["a", "b"]],
    ["''", [""]],
    ["# nothing\n", []],
    ["a#b #c", ["a#b"]]
  ])("%j", (text, expected) => expect(split(text)).toEqual(expected))

  it.each([
    ["a\n $HOME", "line 2: $ is for a shell"],
    ["a 'b", "line 1: the quote ' is not closed"],
    ['"$x"', 'line 1: the quote " is not closed, or holds what only a shell can expand'],
    ["a; b", "line 1: ; is for a shell"],
    ["a\nb", "line 2: the command has ended"]
  ])("%j is refused with its place", (text, message) => expect(split(text)).toContain(message))
})
