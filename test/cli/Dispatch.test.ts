import { describe, expect, it } from "vitest"
import type { Entry } from "../../src/cli/Catalog.js"
import type { Command } from "../../src/cli/Command.js"
import images from "../../src/cli/commands/images.js"
import rmi from "../../src/cli/commands/rmi.js"
import { dispatch } from "../../src/cli/Dispatch.js"

const entry: Entry = {
  paths: ["images", "image ls", "image list"],
  summary: "List images",
  section: "common",
  mapped: false,
  errand: false,
  load: () => import("../../src/cli/commands/images.js")
}

const answered = (path: string, command: Command, ...argv: ReadonlyArray<string>) => {
  const next = dispatch(entry, path, command, argv)
  return next._tag === "Answer" ? { text: next.out + next.err, exitCode: next.exitCode } : next._tag
}

describe("a command line that is wrong", () => {
  it("names an unknown flag and exits with 125", () => {
    expect(answered("images", images, "-Z")).toEqual({
      text: `unknown shorthand flag: 'Z' in -Z

Usage:  kasane images [OPTIONS] [REPOSITORY[:TAG]]

Run 'kasane images --help' for more information
`,
      exitCode: 125
    })
  })
  it("counts arguments in Docker's words and exits with 1", () => {
    expect(answered("image rm", rmi)).toEqual({
      text: `kasane: 'kasane image rm' requires at least 1 argument

Usage:  kasane image rm [OPTIONS] IMAGE [IMAGE...]

See 'kasane image rm --help' for more information
`,
      exitCode: 1
    })
    expect(answered("images", images, "a", "b")).toMatchObject({ exitCode: 1 })
  })
  it("reports a filter without a value at its flag", () => {
    expect(answered("images", images, "--filter", "abc")).toMatchObject({
      text: expect.stringContaining(
        'invalid argument "abc" for "-f, --filter" flag: bad format of filter (expected name=value)'
      ),
      exitCode: 125
    })
  })
})

describe("--help", () => {
  it("is laid out as Docker's", () => {
    expect(answered("images", images, "--help")).toEqual({
      text: `Usage:  kasane images [OPTIONS] [REPOSITORY[:TAG]]

List images

Aliases:
  kasane image ls, kasane image list, kasane images

Options:
  -a, --all             Show all images (default hides intermediate images)
      --digests         Show digests
  -f, --filter filter   Filter output based on conditions provided
      --format string   Format output using a custom template:
                        'table':            Print output in table format
                        with column headers (default)
                        'table TEMPLATE':   Print output in table format
                        using the given Go template
                        'json':             Print in JSON format
                        'TEMPLATE':         Print output using the given
                        Go template
      --no-trunc        Don't truncate output
  -q, --quiet           Only show image IDs
`,
      exitCode: 0
    })
  })
})
