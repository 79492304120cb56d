import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Challenge from "../../../src/core/registry/Challenge.js"

const bearer = (realm: string, service?: string, scope?: string, error?: string) =>
  Challenge.Bearer({ realm, service, scope, error })

describe("Challenge", () => {
  it("reads what registries send", () => {
    expect(
      Challenge.parse(
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'
      )
    ).toEqual([bearer("https://auth.docker.io/token", "registry.docker.io", "repository:a/b:pull,push")])
    expect(Challenge.parse('Basic realm="Registry Realm"')).toEqual([
      Challenge.Basic({ realm: "Registry Realm" })
    ])
    expect(Challenge.parse("bearer realm=https")).toEqual([bearer("https")])
    expect(Challenge.parse("Negotiate")).toEqual([Challenge.Other({ scheme: "Negotiate" })])
  })

  it("reads several in one header, with commas inside quotes", () => {
    const challenges = Challenge.parse(
      'Basic realm="a, \\"b\\"", Bearer realm = "c" , error="invalid_token", Negotiate ab=='
    )
    expect(challenges).toEqual([
      Challenge.Basic({ realm: 'a, "b"' }),
      bearer("c", undefined, undefined, "invalid_token"),
      Challenge.Other({ scheme: "Negotiate" })
    ])
    expect(Challenge.strongest(challenges)?._tag).toBe("Bearer")
  })

  it("keeps the first of two equal parameters", () => {
    expect(Challenge.parse('Bearer realm="good",realm="evil"')).toEqual([bearer("good")])
  })

  const text = FastCheck.string()
  it.prop("a quoted realm reads back whatever it holds", [text], ([realm]) => {
    expect(Challenge.parse(`Bearer realm="${realm.replace(/["\\]/g, "\\$&")}"`)).toEqual([bearer(realm)])
  })
  it.prop("no header makes it throw or hang", [text], ([header]) => {
    expect(Array.isArray(Challenge.parse(header))).toBe(true)
  })
})
