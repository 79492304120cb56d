import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { ContainerStore } from "../../../src/edge/store/ContainerStore.js"
import { ImageStore } from "../../../src/edge/store/ImageStore.js"
import { LayerStore } from "../../../src/edge/store/LayerStore.js"
import type { StoreError } from "../../../src/edge/store/StoreError.js"
import { layerFs, type Store } from "../../../src/edge/store/StoreLive.js"
import { StoreLock } from "../../../src/edge/store/StoreLock.js"
import * as Containers from "../../support/store/Containers.js"
import * as Layers from "../../support/store/Layers.js"

/** One command's worth of work on a store, in a process of its own that may be killed at any of its steps. */
const base = Layers.gzipLayer([{ path: "etc/" }, { path: "etc/a", content: "a" }])
const name = "docker.io/library/x:1"

const work: Readonly<Record<string, Effect.Effect<void, StoreError, Store>>> = {
  pull: Effect.scoped(
    Effect.gen(function* () {
      yield* (yield* StoreLock).lease([base.blob.digest])
      yield* Layers.store([base], { names: [name] })
    })
  ),
  build: Effect.scoped(
    Effect.gen(function* () {
      const layers = yield* LayerStore
      yield* (yield* StoreLock).lease([])
      const { record } = yield* (yield* ImageStore).resolve("x:1")
      const { upper } = yield* layers.workspace
      fs.writeFileSync(`${upper}/built`, "built")
      const made = yield* layers.adopt({ parent: Layers.chainOf([base]), upper })
      const names = ["docker.io/library/y:1"]
      const image = Layers.image([base, { ...made, bytes: new Uint8Array() }], { parent: record.id, names })
      yield* (yield* ImageStore).put(image)
    })
  ),
  create: Effect.gen(function* () {
    const { record } = yield* (yield* ImageStore).resolve("x:1")
    yield* (yield* ContainerStore).create(Containers.record(record.id, Layers.chainOf([base])))
  }),
  rm: Effect.gen(function* () {
    const { record } = yield* (yield* ContainerStore).resolve("c1")
    yield* (yield* ContainerStore).remove(record.id)
  }),
  rmi: Effect.gen(function* () {
    yield* (yield* ImageStore).remove("x:1", { force: true, prune: true })
  })
}

const [, , dir = "", task = ""] = process.argv
const asked = work[task]
if (asked === undefined) throw new Error(`no task ${task}`)
await Effect.runPromise(Effect.provide(asked, layerFs(dir, "root")))
