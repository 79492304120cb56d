import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Difference from "../../../src/core/display/Difference.js"

const value = FastCheck.letrec((tie) => ({
  any: FastCheck.oneof(
    { maxDepth: 3 },
    FastCheck.constantFrom(null, true, 0, 1, "a", "b", 2n),
    FastCheck.array(tie("any"), { maxLength: 4 }),
    FastCheck.dictionary(FastCheck.constantFrom("x", "y", "z"), tie("any"), { noNullPrototype: true })
  )
})).any

const list = FastCheck.array(FastCheck.constantFrom("a", "b", "c"), { maxLength: 6 })

describe("the differences of two values", () => {
  it.prop("are none of a value and itself", [value], ([one]) => {
    expect(Difference.differences(one, structuredClone(one))).toEqual([])
  })
  it.prop(
    "are some wherever there is one, and the same the other way round",
    [value, value],
    ([one, other]) => {
      const there = Difference.differences(one, other)
      const back = Difference.differences(other, one)
      const sameMembers = (a: unknown, b: unknown) => {
        try {
          expect(a).toEqual(b)
          return true
        } catch {
          return false
        }
      }
      expect(there.length === 0).toBe(sameMembers(one, other))
      expect(back.length).toBe(there.length)
    }
  )
  it.prop("of lists are what is gone and what is new, in order", [list, list], ([one, other]) => {
    const found = Difference.differences(one, other)
    const gone = found.flatMap((each) => ("before" in each ? [each.before] : []))
    const fresh = found.flatMap((each) => ("after" in each ? [each.after] : []))
    const less = (all: ReadonlyArray<unknown>, some: ReadonlyArray<unknown>) => {
      const rest = [...some]
      return all.filter((each) => {
        const at = rest.indexOf(each)
        if (at >= 0) rest.splice(at, 1)
        return at < 0
      })
    }
    expect(less(one, gone).sort()).toEqual(less(other, fresh).sort())
    expect(found.length).toBeLessThanOrEqual(one.length + other.length)
  })
  it("are shown by their places", () => {
    const found = Difference.differences(
      { a: { b: 1, c: ["x", "y"] } },
      { a: { b: 2, c: ["y", "z"] }, d: "new" }
    )
    expect(found.map(Difference.show).join("")).toBe(
      '- a.b 1\n+ a.b 2\n- a.c[] "x"\n+ a.c[] "z"\n+ d "new"\n'
    )
  })
})
