import { describe, expect } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { CacheMounts } from "../../../src/edge/store/CacheMounts.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const identity = { id: "go", base: "", mode: 0o755, uid: 0, gid: 0 }
const take = (sharing: "shared" | "private" | "locked", more: Partial<typeof identity> = {}) =>
  Effect.flatMap(CacheMounts, (mounts) => mounts.take({ ...identity, ...more }, sharing, () => Effect.void))

/** What every CacheMounts does. */
export const cacheMountsContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`CacheMounts ${implementation.name}`, () => {
    behaves("give one directory for one identity, filled once", (place) =>
      Effect.gen(function* () {
        const mounts = yield* CacheMounts
        let filled = 0
        const get = (id: string) =>
          Effect.scoped(
            Effect.flatMap(CacheMounts, (each) =>
              each.take({ ...identity, id }, "shared", () => Effect.sync(() => void filled++))
            )
          )
        const first = yield* get("a")
        expect(yield* get("a")).toBe(first)
        expect(yield* elsewhere(place, get("a"))).toBe(first)
        expect(yield* get("b")).not.toBe(first)
        expect(filled).toBe(2)
        expect((yield* mounts.list).map(({ record }) => record.identity.id).sort()).toEqual(["a", "b"])
        expect((yield* mounts.list).map(({ path }) => path)).toContain(first)
      })
    )

    behaves("are not there when they could not be filled", () =>
      Effect.gen(function* () {
        const mounts = yield* CacheMounts
        const failing = Effect.scoped(mounts.take(identity, "shared", () => Effect.fail("full" as const)))
        expect(yield* Effect.flip(failing)).toBe("full")
        expect(yield* mounts.list).toEqual([])
      })
    )

    behaves("are shared, or another copy, as a step asks", (place) =>
      Effect.gen(function* () {
        const shared = yield* take("shared")
        expect(yield* take("shared")).toBe(shared)
        const own = yield* take("private")
        expect(own).not.toBe(shared)
        expect(yield* elsewhere(place, Effect.scoped(take("private")))).not.toBe(own)
      })
    )

    behaves("wait where a step wants one alone", (place) =>
      Effect.gen(function* () {
        const order: Array<string> = []
        const held = yield* Deferred.make<void>()
        const other = yield* Effect.fork(
          elsewhere(
            place,
            Effect.scoped(
              Effect.gen(function* () {
                yield* Deferred.await(held)
                yield* take("locked")
                order.push("second")
              })
            )
          )
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* take("locked")
            yield* Deferred.succeed(held, undefined)
            for (let turn = 0; turn < 20; turn++) yield* Effect.yieldNow()
            order.push("first")
          })
        )
        yield* Fiber.join(other)
        expect(order).toEqual(["first", "second"])
      })
    )

    behaves("are removed when no step has them", () =>
      Effect.gen(function* () {
        const mounts = yield* CacheMounts
        const { name = "" } = yield* Effect.scoped(
          Effect.gen(function* () {
            yield* take("shared")
            const [found] = yield* mounts.list
            expect(yield* mounts.remove(found?.name ?? "")).toBe(false)
            return { name: found?.name }
          })
        )
        expect(yield* mounts.remove(name)).toBe(true)
        expect(yield* mounts.remove(name)).toBe(false)
        expect(yield* mounts.list).toEqual([])
      })
    )
  })
}
