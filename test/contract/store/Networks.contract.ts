import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Life } from "../../../src/core/network/Life.js"
import type { NetworkRecord } from "../../../src/core/network/NetworkRecord.js"
import { NetworkStore } from "../../../src/edge/store/NetworkStore.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const network = (name: string, id: string, created: string): NetworkRecord => ({
  id: id.repeat(64 / id.length),
  name,
  created,
  driver: "bridge",
  bridge: `kn-${name}`,
  automatic: false,
  pools: [{ subnet: "10.0.0.0/24", gateway: "10.0.0.1", auxiliary: {} }],
  internal: false,
  attachable: false,
  ipv6: false,
  options: {},
  labels: {}
})

const life = (container: string): Life => ({
  container: container.repeat(64),
  name: "c",
  hostname: "c",
  process: { bootId: "b", pid: 1, startTicks: "2" },
  endpoints: [],
  published: []
})

/** What every NetworkStore does. */
export const networkStoreContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`NetworkStore ${implementation.name}`, () => {
    behaves("finds networks by name, id and unique prefix, in the order of their making", (place) =>
      Effect.gen(function* () {
        const store = yield* NetworkStore
        const old = network("old", "ab", "2024-01-01T00:00:00Z")
        const young = network("young", "ac", "2024-01-02T00:00:00Z")
        yield* store.create(young)
        yield* elsewhere(
          place,
          Effect.flatMap(NetworkStore, (each) => each.create(old))
        )
        expect(yield* store.list).toEqual([old, young])
        expect(yield* store.resolve("young")).toEqual(young)
        expect(yield* store.resolve(old.id)).toEqual(old)
        expect(yield* store.resolve("aba")).toEqual(old)
        expect(yield* Effect.flip(store.resolve("a"))).toMatchObject({ reason: "Ambiguous" })
        expect(yield* Effect.flip(store.resolve("nope"))).toMatchObject({
          reason: "Missing",
          message: "network nope not found"
        })
        expect(yield* Effect.flip(store.create({ ...old, id: young.id }))).toMatchObject({
          reason: "Conflict",
          message: "network with name old already exists"
        })
        yield* store.update({ ...old, labels: { a: "b" } })
        expect((yield* store.resolve("old")).labels).toEqual({ a: "b" })
        yield* store.remove(old.id)
        yield* store.remove(old.id)
        expect(yield* store.list).toEqual([young])
      })
    )

    behaves("keeps what containers have, until it is told of their end", (place) =>
      Effect.gen(function* () {
        const store = yield* NetworkStore
        yield* store.setLife(life("b"))
        yield* store.setLife(life("a"))
        yield* store.setLife({ ...life("a"), hostname: "new" })
        const seen = elsewhere(
          place,
          Effect.flatMap(NetworkStore, (each) => each.lives)
        )
        expect((yield* seen).map(({ hostname }) => hostname)).toEqual(["new", "c"])
        expect(yield* store.life("b".repeat(64))).toEqual(life("b"))
        yield* store.endLife("b".repeat(64))
        yield* store.endLife("b".repeat(64))
        expect(yield* store.life("b".repeat(64))).toBeUndefined()
      })
    )
  })
}
