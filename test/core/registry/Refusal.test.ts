import { describe, expect, it } from "@effect/vitest"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as ErrorBody from "../../../src/core/registry/ErrorBody.js"
import * as Refusal from "../../../src/core/registry/Refusal.js"

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
