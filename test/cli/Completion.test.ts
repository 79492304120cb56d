import { describe, expect, it } from "vitest"
import { type Completion, commandOf, completeCommand, completeProgram } from "../../src/cli/Completion.js"
import images from "../../src/cli/commands/images.js"
import rmi from "../../src/cli/commands/rmi.js"
import tag from "../../src/cli/commands/tag.js"

const offered = (completion: Completion) =>
  completion._tag === "Words"
    ? completion.candidates.map(({ word }) => word)
    : completion._tag === "Names"
      ? completion.of
      : "files"

describe("completion offers", () => {
  it("commands and groups, then a group's commands", () => {
    expect(offered(completeProgram([], ""))).toEqual(expect.arrayContaining(["version", "image"]))
    expect(offered(completeProgram([], "-"))).toEqual(expect.arrayContaining(["--root", "--log-level"]))
    expect(offered(completeProgram(["--root"], ""))).toBe("files")
  })
  it("a command's flags and the things it takes", () => {
    expect(offered(completeCommand(images, [], "--"))).toEqual(
      expect.arrayContaining(["--all", "--no-trunc", "--help"])
    )
    expect(offered(completeCommand(rmi, ["-f", "a"], ""))).toBe("image")
    expect(offered(completeCommand(images, ["--format"], ""))).toBe("files")
    expect(offered(completeCommand(tag, ["a", "b"], ""))).toEqual([])
  })
  it("for the command that the words name, behind global flags", () => {
    expect(commandOf(["--root", "version", "version", "-f"])?.rest).toEqual(["-f"])
    expect(commandOf(["--log-level=debug"])).toBeUndefined()
  })
})
