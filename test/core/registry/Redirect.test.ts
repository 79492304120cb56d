import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Endpoint from "../../../src/core/registry/Endpoint.js"
import * as Redirect from "../../../src/core/registry/Redirect.js"

const follow = (from: string, to: string, count = 1) => {
  const result = Redirect.follow(from, to, count)
  return Either.isRight(result) ? result.right : result.left.reason
}
const registry = "https://registry.example/v2/a/blobs/x"

describe("Redirect", () => {
  it("keeps credentials at the same origin only", () => {
    expect(follow(registry, "/other")).toEqual({
      url: "https://registry.example/other",
      keepsAuthorization: true
    })
    for (const other of [
      "https://cdn.example/x",
      "https://registry.example:444/x",
      "https://a.registry.example/"
    ]) {
      expect(follow(registry, other)).toEqual({ url: other, keepsAuthorization: false })
    }
    expect(follow("http://localhost:5000/x", "https://localhost:5000/x")).toMatchObject({
      keepsAuthorization: false
    })
  })

  it("refuses the ways out", () => {
    expect(follow(registry, "http://registry.example/x")).toBe("Downgrade")
    expect(follow(registry, "file:///etc/passwd")).toBe("Scheme")
    expect(follow(registry, "https://u:p@cdn.example/x")).toBe("UserInfo")
    expect(follow(registry, "https://[bad")).toBe("Invalid")
    expect(follow(registry, "/x", Redirect.limit + 1)).toBe("TooMany")
    for (const inside of [
      "127.0.0.1",
      "169.254.169.254",
      "10.0.0.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "localhost",
      "0x7f000001"
    ]) {
      expect(follow(registry, `https://${inside}/x`)).toBe("PrivateAddress")
    }
  })

  it("lets a registry at a private address stay there", () => {
    expect(follow("http://10.0.0.5:5000/x", "http://10.0.0.6/x")).toMatchObject({ keepsAuthorization: false })
  })

  it("judges token realms alike", () => {
    const realm = (at: string, realm: string) =>
      Either.mapLeft(Redirect.tokenRealm(at, realm), (error) => error.reason)
    expect(realm(registry, "https://auth.example/token")).toEqual(Either.right("https://auth.example/token"))
    expect(realm(registry, "http://auth.example/token")).toEqual(Either.left("Downgrade"))
    expect(realm(registry, "https://169.254.169.254/")).toEqual(Either.left("PrivateAddress"))
    expect(realm(registry, "token")).toEqual(Either.left("Invalid"))
  })

  it.prop(
    "no message shows a query or a password",
    [FastCheck.webUrl({ withQueryParameters: true })],
    ([url]) => {
      const secret = url.replace("://", "://user:hunter2@")
      const result = Redirect.follow(registry, `${secret}${url.includes("?") ? "&" : "?"}sig=hunter2`, 1)
      expect(Either.isLeft(result) && result.left.message).not.toContain("hunter2")
    }
  )
})

describe("Endpoint", () => {
  const origins = (domain: string, insecure = false) =>
    Endpoint.ofDomain(domain, insecure).map(({ origin }) => origin)
  it("speaks TLS to all but the loopback and what is configured", () => {
    expect(origins("docker.io")).toEqual(["https://registry-1.docker.io"])
    expect(origins("localhost:5000")).toEqual(["http://localhost:5000", "https://localhost:5000"])
    expect(origins("127.1.2.3")).toEqual(["http://127.1.2.3", "https://127.1.2.3"])
    expect(origins("[::1]:5000")).toEqual(["http://[::1]:5000", "https://[::1]:5000"])
    expect(origins("10.0.0.1:5000")).toEqual(["https://10.0.0.1:5000"])
    expect(origins("10.0.0.1:5000", true)).toEqual(["https://10.0.0.1:5000", "http://10.0.0.1:5000"])
    expect(origins("localhost.evil.example")).toEqual(["https://localhost.evil.example"])
  })
})
