import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as CacheItem from "../../../src/core/store/CacheItem.js"

const items: FastCheck.Arbitrary<ReadonlyArray<CacheItem.CacheItem>> = FastCheck.uniqueArray(
  FastCheck.record({
    id: FastCheck.nat().map((n) => n.toString(16)),
    type: FastCheck.constantFrom("regular", "exec.cachemount", "imported" as const),
    description: FastCheck.constantFrom("RUN a", "COPY b"),
    created: FastCheck.nat(100),
    lastUsed: FastCheck.nat(100),
    sizeBytes: FastCheck.nat(50),
    inUse: FastCheck.boolean(),
    shared: FastCheck.boolean()
  }),
  { selector: ({ id }) => id, maxLength: 12 }
)
const sum = (all: ReadonlyArray<CacheItem.CacheItem>) =>
  all.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
const filter = CacheItem.everything

describe("what a prune of the cache takes", () => {
  it.prop(
    "is never in use, and nothing that is shared or imported unless all is asked for",
    [items],
    ([all]) => {
      const some = CacheItem.toPrune(all, { all: false, filter, keepBytes: undefined })
      expect(some.some(({ inUse, shared, type }) => inUse || shared || type === "imported")).toBe(false)
      const every = CacheItem.toPrune(all, { all: true, filter, keepBytes: undefined })
      expect(new Set(every)).toEqual(new Set(all.filter(({ inUse }) => !inUse)))
    }
  )

  it.prop(
    "is no more than it takes to keep a size, the longest unused first",
    [items, FastCheck.nat(300)],
    ([all, keepBytes]) => {
      const request = { all: true, filter, keepBytes }
      const taken = CacheItem.toPrune(all, request)
      const left = all.filter((item) => !taken.includes(item))
      const last = taken.at(-1)
      // Enough, or all that may be taken; and the last one taken was still needed.
      const free = left.filter(({ inUse }) => !inUse)
      expect(sum(left) <= keepBytes || free.length === 0).toBe(true)
      if (last !== undefined) expect(sum(left) + last.sizeBytes).toBeGreaterThan(keepBytes)
      for (const one of taken) for (const other of free) expect(one.lastUsed <= other.lastUsed).toBe(true)
    }
  )

  it.prop("is what a filter fits", [items, FastCheck.nat(100)], ([all, until]) => {
    const wanted = { ...filter, until, types: ["regular"], descriptions: ["RUN"] }
    expect(CacheItem.toPrune(all, { all: true, filter: wanted, keepBytes: undefined })).toEqual(
      all
        .filter(
          (item) =>
            !item.inUse &&
            item.lastUsed < until &&
            item.type === "regular" &&
            item.description.includes("RUN")
        )
        .sort((a, b) => a.lastUsed - b.lastUsed || (a.id < b.id ? -1 : 1))
    )
  })
})
