import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as PathTree from "../../../src/core/layer/PathTree.js"

const name = FastCheck.constantFrom("a", "b", "c", "a.b", "d")
const data = FastCheck.constantFrom("1", "2", "3")

/** Trees of few names, so that two of them meet often. */
const below = (depth: number): FastCheck.Arbitrary<PathTree.PathTree> =>
  depth === 0 ? data.map(PathTree.leaf) : FastCheck.oneof(data.map(PathTree.leaf), directory(depth))
const directory = (depth: number): FastCheck.Arbitrary<PathTree.PathTree> =>
  FastCheck.tuple(data, FastCheck.array(FastCheck.tuple(name, below(depth - 1)), { maxLength: 4 })).map(
    ([own, children]) => PathTree.directory(own, children)
  )
const root = directory(4)

describe("a layer", () => {
  it.prop("apply after diff gives the upper tree", [root, root], ([lower, upper]) => {
    expect(PathTree.apply(lower, PathTree.diff(lower, upper))).toEqual(upper)
  })

  it.prop("says nothing where nothing changed", [root], ([tree]) => {
    expect(PathTree.diff(tree, tree)).toEqual([])
  })

  it("deletes with whiteouts, replaces directories whole, and keeps what it does not name", () => {
    const lower = PathTree.directory("", [
      ["gone", PathTree.leaf("1")],
      ["kept", PathTree.leaf("1")],
      ["d", PathTree.directory("", [["x", PathTree.leaf("1")]])]
    ])
    const upper = PathTree.directory("", [
      ["kept", PathTree.leaf("1")],
      ["d", PathTree.leaf("2")]
    ])
    expect(PathTree.diff(lower, upper)).toEqual([
      { path: ".wh.gone" },
      { path: "d", tree: PathTree.leaf("2") }
    ])
  })

  it("hides with an opaque mark what lies below, and not what it adds, whatever the order", () => {
    const lower = PathTree.directory("", [["d", PathTree.directory("", [["old", PathTree.leaf("1")]])]])
    const layer = [{ path: "d/new", tree: PathTree.leaf("2") }, { path: "d/.wh..wh..opq" }]
    const expected = PathTree.directory("", [["d", PathTree.directory("", [["new", PathTree.leaf("2")]])]])
    expect(PathTree.apply(lower, layer)).toEqual(expected)
    expect(PathTree.apply(lower, [...layer].reverse())).toEqual(expected)
  })
})
