import * as fs from "node:fs"
import { it } from "@effect/vitest"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Digest } from "../../../src/core/oci/Digest.js"
import * as LayoutPaths from "../../../src/core/store/LayoutPaths.js"
import { standard } from "../../../src/edge/archive/ArchiveLimits.js"
import type { Archives } from "../../../src/edge/archive/Archives.js"
import { TarReader } from "../../../src/edge/archive/TarReader.js"
import { TreeWriter } from "../../../src/edge/archive/TreeWriter.js"
import type { CacheImports } from "../../../src/edge/store/CacheImports.js"
import * as MemoryState from "../../../src/edge/store/memory/MemoryState.js"
import * as StoreMemory from "../../../src/edge/store/memory/StoreMemory.js"
import { TarChanges } from "../../../src/edge/store/memory/TarChanges.js"
import * as StoreLive from "../../../src/edge/store/StoreLive.js"
import * as Layers from "../../support/store/Layers.js"
import { temporaryDirectory } from "../../support/store/TemporaryStore.js"

/** What every implementation of a store offers. */
export type Services = Exclude<StoreLive.Store, Archives | CacheImports>

/** A new, empty store. */
export interface Place {
  /** Its services as one more process has them, until the scope closes. */
  readonly process: Effect.Effect<Context.Context<Services>, never, Scope.Scope>
  /** Puts files, and whiteouts by their names, into an empty upperdir. */
  readonly write: (upper: string, items: ReadonlyArray<Layers.Item>) => void
  /** Changes what the store has under a digest behind its back. */
  readonly damage: (digest: Digest, bytes: Uint8Array) => void
  /** A process that exists. */
  readonly livingPid: number
}

/** An implementation: gives a place that is gone with the scope. */
export interface Implementation {
  readonly name: string
  readonly place: Effect.Effect<Place, never, Scope.Scope>
}

const identity = process.getuid?.() === 0 ? "root" : "mapped"

export const onDisk: Implementation = {
  name: "on the file system",
  place: Effect.map(temporaryDirectory, (directory) => {
    const dir = `${directory}/store`
    return {
      process: Layer.build(StoreLive.layerFs(dir, identity)),
      write: (upper, items) => {
        const writer = new TreeWriter({ root: upper, identity, whiteouts: "overlay", limits: standard })
        const reader = new TarReader(writer, standard)
        reader.write(Layers.tar(items))
        reader.finish()
        writer.finish()
      },
      damage: (digest, bytes) => fs.writeFileSync(LayoutPaths.blob(LayoutPaths.of(dir), digest), bytes),
      livingPid: process.pid
    }
  })
}

export const inMemory: Implementation = {
  name: "in memory",
  place: Effect.sync(() => {
    const state = new MemoryState.MemoryState()
    const pid = 1000
    state.processes.set(pid, { bootId: "memory", pid, startTicks: "0" })
    return {
      process: Layer.build(StoreMemory.layerOn(state)),
      write: (upper, items) => {
        const tar = new TarChanges(standard)
        const reader = new TarReader(tar, standard)
        reader.write(Layers.tar(items))
        reader.finish()
        state.uppers.set(upper, tar.changes)
      },
      damage: (digest, bytes) => state.blobs.set(digest, bytes),
      livingPid: pid
    }
  })
}

/** Declares tests that run on a new place each. */
export const behaving =
  ({ place }: Implementation) =>
  (title: string, test: (place: Place) => Effect.Effect<void, unknown, Services | Scope.Scope>): void => {
    it.scopedLive(title, () =>
      Effect.flatMap(place, (made) =>
        Effect.flatMap(made.process, (services) => Effect.provide(test(made), services))
      )
    )
  }

/** Does work as another process on the same place. */
export const elsewhere = <A, E>(place: Place, work: Effect.Effect<A, E, Services>): Effect.Effect<A, E> =>
  Effect.scoped(Effect.flatMap(place.process, (services) => Effect.provide(work, services)))
