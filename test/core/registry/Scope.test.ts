import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
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
