import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { of, parse } from "../../../src/core/container/AttachedStreams.js"

const streams = (stdin: boolean, stdout: boolean, stderr: boolean) => ({ stdin, stdout, stderr })

describe("the streams that whoever makes a container connects", () => {
  // As Docker's inspect shows AttachStdin, AttachStdout and AttachStderr.
  it.each([
    [{}, streams(false, true, true)],
    [{ interactive: ["true"] }, streams(true, true, true)],
    [{ interactive: ["true"], attach: ["stdout"] }, streams(true, true, false)],
    [{ attach: ["STDIN", "stderr"] }, streams(true, false, true)],
    [{ detach: ["true"], interactive: ["true"] }, streams(false, false, false)],
    [{ detach: ["false"] }, streams(false, true, true)]
  ])("%j", (flags, expected) => {
    expect(of(flags)).toEqual(expected)
  })

  it("have names, in any case of letters", () => {
    expect(parse("StdErr")).toEqual(Either.right("stderr"))
    expect(parse("stdlog")).toMatchObject({ left: { message: "valid streams are STDIN, STDOUT and STDERR" } })
  })
})
