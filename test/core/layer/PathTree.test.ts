import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as PathTree from "../../../src/core/layer/PathTree.js"

const name = FastCheck.constantFrom("a", "b", "c", "a.b", "d")
const data = FastCheck.constantFrom("1", "2", "3")

/** Trees of few names, so that two of them meet often. */
const below = (depth: number): FastCheck.Arbitrary<PathTree.PathTree<string>> =>
  depth === 0
    ? data.map((own) => PathTree.leaf(own))
    : FastCheck.oneof(
        data.map((own) => PathTree.leaf(own)),
        directory(depth)
      )
const directory = (depth: number): FastCheck.Arbitrary<PathTree.PathTree<string>> =>
  FastCheck.tuple(data, FastCheck.array(FastCheck.tuple(name, below(depth - 1)), { maxLength: 4 })).map(
    ([own, children]) => PathTree.directory(own, children)
  )
const root = directory(4)

describe("a layer", () => {
  it.prop("apply after diff gives the upper tree", [root, root], ([lower, upper]) => {
    expect(PathTree.apply(lower, PathTree.diff(lower, upper), "")).toEqual(upper)
  })

  it.prop("says nothing where nothing changed", [root], ([tree]) => {
    expect(PathTree.diff(tree, tree)).toEqual([])
  })

  it.prop("put then at gives what was put, and leaves the rest", [root, name, data], ([tree, at, own]) => {
    const next = PathTree.put(tree, at, PathTree.leaf(own))
    expect(PathTree.at(next, at)).toEqual(PathTree.leaf(own))
    expect(PathTree.put(next, at, PathTree.at(tree, at))).toEqual(tree)
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
    expect(PathTree.apply(lower, layer, "")).toEqual(expected)
    expect(PathTree.apply(lower, [...layer].reverse(), "")).toEqual(expected)
  })
})
