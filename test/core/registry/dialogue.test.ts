import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as AccessToken from "../../../src/core/registry/AccessToken.js"
import * as ErrorBody from "../../../src/core/registry/ErrorBody.js"
import * as Link from "../../../src/core/registry/Link.js"
import * as Refusal from "../../../src/core/registry/Refusal.js"
import * as RetryPolicy from "../../../src/core/registry/RetryPolicy.js"
import * as Scope from "../../../src/core/registry/Scope.js"

const actions = FastCheck.subarray(["pull", "push", "delete"], { minLength: 1 })
const scope = FastCheck.record({
  type: FastCheck.constant<"repository">("repository"),
  name: FastCheck.constantFrom("a", "b", "c/d"),
  actions
})
const scopes = FastCheck.array(scope)

describe("Scope", () => {
  it("prints exact scopes", () => {
    expect(Scope.print(Scope.push("library/busybox"))).toBe("repository:library/busybox:pull,push")
    expect(Scope.print(Scope.catalog)).toBe("registry:catalog:*")
  })
  it.prop("a union covers its parts and is the same for the same needs", [scopes, scopes], ([a, b]) => {
    const union = Scope.union([...a, ...b])
    expect(Scope.covers(union, a) && Scope.covers(union, b)).toBe(true)
    expect(Scope.union([...b, ...a])).toEqual(union)
    expect(Scope.union(union)).toEqual(union)
  })
  it("a token for pulling does not cover pushing, nor another repository", () => {
    expect(Scope.covers([Scope.pull("a")], [Scope.push("a")])).toBe(false)
    expect(Scope.covers([Scope.push("a")], [Scope.pull("a")])).toBe(true)
    expect(Scope.covers([Scope.push("a")], [Scope.pull("b")])).toBe(false)
  })
})

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

describe("RetryPolicy", () => {
  const policy = RetryPolicy.standard
  it("reads Retry-After as seconds and as a date", () => {
    expect(RetryPolicy.retryAfter("3", 0)).toBe(3000)
    expect(RetryPolicy.retryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 4000)).toBe(6000)
    expect(RetryPolicy.retryAfter("Thu, 01 Jan 1970 00:00:10 GMT", 20_000)).toBe(0)
    expect(RetryPolicy.retryAfter("soon", 0)).toBeUndefined()
  })
  it("does what it is asked within its patience", () => {
    expect(RetryPolicy.delay(policy, 1, 7000, 0)).toBe(7000)
    expect(RetryPolicy.delay(policy, 1, policy.patience + 1, 0)).toBeUndefined()
  })
  const jitter = FastCheck.double({ min: 0, max: 1, noNaN: true })
  it.prop(
    "waits longer each time, never too long, and ends",
    [FastCheck.integer({ min: 1, max: 4 }), jitter],
    ([n, j]) => {
      const delay = RetryPolicy.delay(policy, n, undefined, j) ?? Number.NaN
      expect(delay).toBeGreaterThanOrEqual(policy.firstDelay * 2 ** (n - 2))
      expect(delay).toBeLessThanOrEqual(policy.delayMax)
      expect(RetryPolicy.delay(policy, policy.attempts, undefined, j)).toBeUndefined()
    }
  )
})

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

describe("Refusal", () => {
  const asked: Refusal.Asked = {
    purpose: "pull",
    method: "GET",
    url: "https://registry.example/v2/app/manifests/1",
    domain: "registry.example",
    path: "app",
    target: "1"
  }
  const explain = (
    status: number,
    body: string,
    change: Partial<Refusal.Asked> = {},
    hadCredentials = false
  ) => Refusal.explain({ ...asked, ...change }, { status, complaints: ErrorBody.parse(body), hadCredentials })
  const error = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] })

  it("speaks Docker's words", () => {
    expect(explain(404, error("MANIFEST_UNKNOWN", "manifest unknown"))).toEqual({
      reason: "NotFound",
      message: "manifest for registry.example/app:1 not found: manifest unknown: manifest unknown"
    })
    expect(explain(404, error("NAME_UNKNOWN", "repository name not known to registry")).message).toBe(
      "repository registry.example/app not found: name unknown: repository name not known to registry"
    )
    expect(
      explain(401, error("DENIED", "requested access to the resource is denied"), {
        domain: "docker.io",
        path: "library/nosuch"
      })
    ).toEqual({
      reason: "Denied",
      message:
        "pull access denied for nosuch, repository does not exist or may require 'kasane login': denied: requested access to the resource is denied"
    })
    expect(explain(429, error("TOOMANYREQUESTS", "You have reached your pull rate limit.")).message).toBe(
      "GET https://registry.example/v2/app/manifests/1: toomanyrequests: You have reached your pull rate limit."
    )
  })

  it("says what to do without credentials", () => {
    expect(explain(401, "", { purpose: "push", target: undefined }).message).toBe(
      "push of registry.example/app: log in with 'kasane login registry.example': unauthorized: authentication required"
    )
    expect(explain(401, "", { purpose: "login", url: "https://registry.example/v2/" }, true).message).toBe(
      "login attempt to https://registry.example/v2/ failed with status: 401 Unauthorized: unauthorized: incorrect username or password"
    )
  })

  it("names digests as such", () => {
    const digest = Digest.ofBytes("x")
    expect(explain(404, "", { target: digest }).message).toBe(
      `manifest for registry.example/app@${digest} not found: manifest unknown: manifest unknown`
    )
  })

  it("says the status where there is nothing else", () => {
    expect(explain(500, "<html>", { target: undefined })).toEqual({
      reason: "Server",
      message:
        "GET https://registry.example/v2/app/manifests/1: received unexpected HTTP status: 500 Internal Server Error"
    })
  })
})
