import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Link from "../../../src/core/registry/Link.js"

describe("Link", () => {
  it("finds the next page", () => {
    expect(Link.next('</v2/a/tags/list?last=b&n=2>; rel="next"')).toBe("/v2/a/tags/list?last=b&n=2")
    expect(Link.next('<a>; rel=prev, <b>; title="x, y"; rel="last next"')).toBe("b")
    expect(Link.next("<a>; rel=prev")).toBeUndefined()
  })
  it.prop("never throws", [FastCheck.string()], ([header]) => {
    expect(["string", "undefined"]).toContain(typeof Link.next(header))
  })
})
