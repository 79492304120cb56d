import { describe, expect } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Digests from "../../../src/core/oci/Digest.js"
import * as ContainerState from "../../../src/core/store/ContainerState.js"
import { ContainerStore } from "../../../src/edge/store/ContainerStore.js"
import * as Containers from "../../support/store/Containers.js"
import * as Layers from "../../support/store/Layers.js"
import { behaving, elsewhere, type Implementation } from "./Place.js"

const base = Layers.gzipLayer([{ path: "a", content: "a" }])
const image = Digests.ofBytes("image")
const record = (id: string, name: string, created = "2024-01-01T00:00:00Z") =>
  Containers.record(image, undefined, { id: id.padEnd(64, "0"), name, created })
const create = (id: string, name: string, created?: string) =>
  Effect.flatMap(ContainerStore, (containers) => containers.create(record(id, name, created)))

/** What every ContainerStore does. */
export const containerStoreContract = (implementation: Implementation): void => {
  const behaves = behaving(implementation)
  describe(`ContainerStore ${implementation.name}`, () => {
    behaves("has what was created, newest first, and finds it by id, name and prefix", () =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const first = yield* create("aa", "one")
        const second = yield* create("ab", "two", "2024-01-02T00:00:00Z")
        expect(first).toMatchObject({ record: record("aa", "one"), state: ContainerState.created })
        expect(first.paths.upper).not.toBe(second.paths.upper)
        expect(yield* containers.list).toEqual([second, first])
        for (const text of ["one", "/one", first.record.id, "aa"])
          expect(yield* containers.resolve(text), text).toEqual(first)
        expect(yield* containers.get(second.record.id)).toEqual(second)
        expect(yield* Effect.flip(containers.resolve("a"))).toMatchObject({ reason: "Ambiguous" })
        for (const text of ["nosuch", "ff", "f".repeat(64), "../x", ""])
          expect(yield* Effect.flip(containers.resolve(text)), text).toMatchObject({
            reason: "Missing",
            message: `No such container: ${text}`
          })
      })
    )

    behaves("gives a name to one container only, whoever asks", (place) =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const attempts = ["aa", "bb", "cc", "dd"].map((id, index) =>
          Effect.exit(index % 2 === 0 ? create(id, "one") : elsewhere(place, create(id, "one")))
        )
        const exits = yield* Effect.all(attempts, { concurrency: "unbounded" })
        expect(exits.filter(Exit.isSuccess)).toHaveLength(1)
        const [holder] = yield* containers.list
        const error = yield* Effect.flip(create("ee", "one"))
        expect(error).toMatchObject({
          reason: "Conflict",
          message: `Conflict. The container name "/one" is already in use by container "${holder?.record.id}". You have to remove (or rename) that container to be able to reuse that name.`
        })
        expect(yield* containers.list).toHaveLength(1)
      })
    )

    behaves("renames, unless the name is taken", () =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const { id } = (yield* create("aa", "one")).record
        yield* create("bb", "two")
        expect(yield* Effect.flip(containers.rename(id, "two"))).toMatchObject({ reason: "Conflict" })
        expect((yield* containers.resolve("one")).record.id).toBe(id)
        yield* containers.rename(id, "three")
        yield* containers.rename(id, "three")
        expect((yield* containers.resolve("three")).record).toMatchObject({ id, name: "three" })
        expect(yield* Effect.flip(containers.resolve("one"))).toMatchObject({ reason: "Missing" })
        yield* create("cc", "one")
      })
    )

    behaves("amends what a container was asked to be, and nothing else", (place) =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const { record } = yield* create("aa", "one")
        yield* create("bb", "two")
        const changes = { name: "uno", path: "/bin/other", args: ["x"], host: { flags: { memory: ["64m"] } } }
        const amended = { ...record, ...changes }
        expect(yield* Effect.flip(containers.amend(record.id, { ...changes, name: "two" }))).toMatchObject({
          reason: "Conflict"
        })
        expect((yield* containers.get(record.id)).record).toEqual(record)
        yield* containers.amend(record.id, changes)
        expect((yield* containers.resolve("uno")).record.id).toBe(record.id)
        const seen = yield* elsewhere(
          place,
          Effect.flatMap(ContainerStore, (each) => each.get(record.id))
        )
        expect(seen.record).toEqual(amended)
        expect(yield* Effect.flip(containers.amend("f".repeat(64), amended))).toMatchObject({
          reason: "Missing"
        })
      })
    )

    behaves("replaces a state whole", (place) =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const { id } = (yield* create("aa", "one")).record
        const state: ContainerState.ContainerState = {
          ...ContainerState.created,
          status: "exited",
          exitCode: 3,
          startedAt: "2024-01-01T00:00:01Z",
          finishedAt: "2024-01-01T00:00:02Z"
        }
        yield* containers.setState(id, state)
        const seen = yield* elsewhere(
          place,
          Effect.flatMap(ContainerStore, (each) => each.get(id))
        )
        expect(seen.state).toEqual(state)
      })
    )

    behaves("reads a container as running while its process lives, and as exited when it is gone", (place) =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const { id } = (yield* create("aa", "one")).record
        const process = yield* containers.identify(place.livingPid)
        const running = { ...ContainerState.created, status: "running", process } as const
        yield* containers.setState(id, running)
        expect((yield* containers.get(id)).state).toEqual(running)
        yield* containers.setState(id, { ...running, process: { ...process, startTicks: "1" } })
        expect((yield* containers.get(id)).state).toMatchObject({ status: "exited", exitCode: 255 })
        expect(yield* Effect.flip(containers.identify(2 ** 22 + 1))).toMatchObject({ reason: "Missing" })
      })
    )

    behaves("keeps the layers below a container, and makes none above what is not there", () =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const chainId = Layers.chainOf([base])
        const wanted = Containers.record(image, chainId)
        expect(yield* Effect.flip(containers.create(wanted))).toMatchObject({
          reason: "Missing",
          subject: chainId
        })
        expect(yield* containers.list).toEqual([])
        yield* Layers.store([base])
        yield* containers.create(wanted)
        expect(yield* containers.list).toHaveLength(1)
      })
    )

    behaves("removes a container and its name, also twice", () =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const { id } = (yield* create("aa", "one")).record
        yield* containers.remove(id)
        yield* containers.remove(id)
        expect(yield* containers.list).toEqual([])
        expect(yield* Effect.flip(containers.get(id))).toMatchObject({ reason: "Missing" })
        yield* create("bb", "one")
      })
    )

    behaves("gives a container's lock to one command at a time", (place) =>
      Effect.gen(function* () {
        const containers = yield* ContainerStore
        const { id } = (yield* create("aa", "one")).record
        const tryElsewhere = elsewhere(
          place,
          Effect.flatMap(ContainerStore, (each) => Effect.scoped(each.tryLock(id)))
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* containers.lock(id)
            expect(yield* Effect.flip(tryElsewhere)).toMatchObject({ reason: "Locked" })
          })
        )
        yield* tryElsewhere
      })
    )
  })
}
