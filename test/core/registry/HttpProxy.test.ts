import { describe, expect, it } from "@effect/vitest"
import * as HttpProxy from "../../../src/core/registry/HttpProxy.js"

const environment = {
  HTTPS_PROXY: "http://user:p%40ss@proxy.example:3128",
  http_proxy: "plain.example:8080",
  NO_PROXY: "direct.example, .lan,*.corp 10.0.0.0/8,ported.example:5000"
}
const proxy = (target: string) => HttpProxy.choose(environment, target)?.host

describe("HttpProxy", () => {
  it("is chosen by the scheme of the target", () => {
    expect(proxy("https://registry.example/v2/")).toBe("proxy.example:3128")
    expect(proxy("http://registry.example/v2/")).toBe("plain.example:8080")
    expect(HttpProxy.choose({}, "https://registry.example/")).toBeUndefined()
  })

  it("is not for what NO_PROXY names, nor for the loopback", () => {
    for (const direct of [
      "https://direct.example/",
      "https://a.direct.example/",
      "https://registry.lan/",
      "https://registry.corp/",
      "https://10.1.2.3:5000/",
      "https://ported.example:5000/",
      "http://127.0.0.1:5000/",
      "http://[::1]:5000/",
      "http://localhost:5000/"
    ]) {
      expect(proxy(direct)).toBeUndefined()
    }
    expect(proxy("https://ported.example/")).toBe("proxy.example:3128")
    expect(proxy("https://notdirect.example/")).toBe("proxy.example:3128")
  })

  it("knows whom it is told to be", () => {
    const chosen = HttpProxy.choose(environment, "https://registry.example/")
    expect(chosen && HttpProxy.userOf(chosen)).toEqual({ name: "user", password: "p@ss" })
  })
})
