import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as ErrorBody from "../../../src/core/registry/ErrorBody.js"

describe("ErrorBody", () => {
  it("reads the spec's errors and what gateways say instead", () => {
    expect(
      ErrorBody.parse('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"},{"code":7}]}')
    ).toEqual([
      { code: "MANIFEST_UNKNOWN", message: "manifest unknown" },
      { code: "7", message: "" }
    ])
    expect(ErrorBody.parse('{"details":"incorrect username or password"}')).toEqual([
      { code: "UNKNOWN", message: "incorrect username or password" }
    ])
    expect(ErrorBody.parse("<html>")).toEqual([])
  })
  it.prop(
    "gives one clean line, whatever a registry writes",
    [FastCheck.string(), FastCheck.string()],
    ([code, message]) => {
      for (const complaint of ErrorBody.parse(
        JSON.stringify({ errors: [{ code, message: `\u001b[2J\n${message}` }] })
      )) {
        expect(ErrorBody.print(complaint)).not.toMatch(/\p{Cc}/u)
      }
    }
  )
})
