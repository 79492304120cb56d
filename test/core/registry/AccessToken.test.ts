import { describe, expect, it } from "@effect/vitest"
import * as AccessToken from "../../../src/core/registry/AccessToken.js"
import * as Scope from "../../../src/core/registry/Scope.js"

describe("AccessToken", () => {
  it("lives a minute at least, and ends a little early", () => {
    const token = AccessToken.parse('{"token":"t","expires_in":1}', 1000)
    expect(token).toEqual({ token: "t", expiresAt: 61_000, identityToken: undefined })
    expect(token !== undefined && AccessToken.isFresh(token, 55_999)).toBe(true)
    expect(token !== undefined && AccessToken.isFresh(token, 56_001)).toBe(false)
  })
  it("takes access_token too, and nothing that would break a header", () => {
    expect(AccessToken.parse('{"access_token":"x","refresh_token":"r"}', 0)?.identityToken).toBe("r")
    for (const bad of ['{"token":"a\\r\\nX: y"}', '{"token":""}', "{}", "no", '{"token":1}']) {
      expect(AccessToken.parse(bad, 0)).toBeUndefined()
    }
  })
  it("asks for each scope by itself", () => {
    expect(AccessToken.query("r", [Scope.push("a/b"), Scope.pull("c")], "me")).toBe(
      "account=me&service=r&scope=repository%3Aa%2Fb%3Apull%2Cpush&scope=repository%3Ac%3Apull"
    )
  })
})
