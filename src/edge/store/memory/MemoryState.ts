import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ChainId } from "../../../core/layer/ChainId.js"
import type { Connections } from "../../../core/network/Connections.js"
import type { Life } from "../../../core/network/Life.js"
import type { NetworkRecord } from "../../../core/network/NetworkRecord.js"
import type { Digest } from "../../../core/oci/Digest.js"
import type { CacheMountRecord } from "../../../core/store/CacheMountRecord.js"
import type { CacheRecord } from "../../../core/store/CacheRecord.js"
import type { ContainerRecord } from "../../../core/store/ContainerRecord.js"
import type { ContainerState, ProcessIdentity } from "../../../core/store/ContainerState.js"
import type { Event } from "../../../core/store/Event.js"
import type { ImageRecord } from "../../../core/store/ImageRecord.js"
import type { IndexRecord } from "../../../core/store/IndexRecord.js"
import type { LayerRecord } from "../../../core/store/LayerRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import * as ReferenceTable from "../../../core/store/ReferenceTable.js"
import type { VolumeRecord } from "../../../core/store/VolumeRecord.js"
import { noLayer } from "../ContentErrors.js"
import * as FileNode from "./FileNode.js"

export interface MemoryLayer {
  readonly record: LayerRecord
  readonly changes: FileNode.FileChanges
}

export interface MemoryContainer {
  readonly record: ContainerRecord
  readonly state: ContainerState
}

export interface MemoryCacheMount {
  readonly record: CacheMountRecord
  /** RFC 3339. */
  lastUsed: string
  /** How many steps have it. */
  users: number
  readonly turns: Effect.Semaphore
}

/** What one user of a store holds while any of its leases lasts. */
export class MemorySession {
  leases = 0
  held = new Set<Digest>()

  hold(digests: Iterable<Digest>): void {
    if (this.leases > 0) for (const digest of digests) this.held.add(digest)
  }

  end(): void {
    this.leases -= 1
    if (this.leases === 0) this.held = new Set()
  }
}

/**
 * A store that is held in memory: what the services of one store share, as processes share a directory. Every change is a
 * single step, so that none is ever seen by half. Its paths are names that only its own services understand; what lies at
 * one is in {@link uppers}.
 */
export class MemoryState {
  readonly paths = LayoutPaths.of("/memory")
  readonly blobs = new Map<Digest, Uint8Array>()
  /** What attempts that were cut short have received. */
  readonly partial = new Map<Digest, Uint8Array>()
  readonly layers = new Map<ChainId, MemoryLayer>()
  readonly images = new Map<Digest, ImageRecord>()
  readonly indexes = new Map<Digest, IndexRecord>()
  table: ReferenceTable.ReferenceTable = ReferenceTable.empty
  readonly containers = new Map<string, MemoryContainer>()
  readonly cache = new Map<Digest, CacheRecord>()
  /** When each key of the cache was last made or used. */
  readonly cacheUsed = new Map<Digest, number>()
  readonly volumes = new Map<string, VolumeRecord>()
  readonly networks = new Map<string, NetworkRecord>()
  readonly lives = new Map<string, Life>()
  readonly connections = new Map<string, Connections>()
  /** What was told of what was done, oldest first. */
  readonly events: Array<Event> = []
  /** What was written to the upperdirs of workspaces and containers, by their paths. */
  readonly uppers = new Map<string, FileNode.FileChanges>()
  readonly cacheMounts = new Map<string, MemoryCacheMount>()
  /** The files of directories that are no layers: cache mounts, by their paths. */
  readonly directories = new Map<string, FileNode.FileTree>()
  /** Processes that exist, for those who run containers in memory too. */
  readonly processes = new Map<number, ProcessIdentity>()
  readonly sessions = new Set<MemorySession>()
  readonly alone = Effect.unsafeMakeSemaphore(1)
  private readonly locks = new Map<string, Effect.Semaphore>()
  private readonly locked = new Set<string>()
  private readonly trees = new Map<ChainId, FileNode.FileTree>()
  private sequence = 0

  /** A number that nobody else has got. */
  next(): number {
    this.sequence += 1
    return this.sequence
  }

  /** Exclusive use of a name until the scope closes; waits. */
  lock(name: string): Effect.Effect<void, never, Scope.Scope> {
    const known = this.locks.get(name)
    const semaphore = known ?? Effect.unsafeMakeSemaphore(1)
    if (known === undefined) this.locks.set(name, semaphore)
    const give = Effect.zipRight(
      Effect.sync(() => this.locked.delete(name)),
      semaphore.release(1)
    )
    return Effect.uninterruptibleMask((restore) =>
      Effect.zipRight(
        Effect.map(restore(semaphore.take(1)), () => this.locked.add(name)),
        Effect.addFinalizer(() => give)
      )
    )
  }

  isLocked(name: string): boolean {
    return this.locked.has(name)
  }

  /** The records of a stack, top first. Throws a `Missing` StoreError. */
  stack(top: ChainId): ReadonlyArray<LayerRecord> {
    const records: Array<LayerRecord> = []
    for (let at: ChainId | undefined = top; at !== undefined; ) {
      const found = this.layers.get(at)
      if (found === undefined) throw noLayer(at)
      records.push(found.record)
      at = found.record.parent
    }
    return records
  }

  /** The files that a stack shows; of no layers, an empty directory. Throws a `Missing` StoreError. */
  tree(top: ChainId | undefined): FileNode.FileTree {
    if (top === undefined) return FileNode.emptyTree
    const layer = this.layers.get(top)
    if (layer === undefined) throw noLayer(top)
    const known = this.trees.get(top)
    if (known !== undefined) return known
    const { isOpaque, parent } = layer.record
    const below = isOpaque === true ? FileNode.emptyTree : this.tree(parent)
    const tree = FileNode.apply(below, layer.changes)
    this.trees.set(top, tree)
    return tree
  }

  /** The id of the container that has a name. */
  holderOf(name: string): string | undefined {
    for (const [id, { record }] of this.containers) if (record.name === name) return id
    return undefined
  }
}

/** The store that the services of this folder work on. */
export class Memory extends Context.Tag("kasane/edge/store/memory/Memory")<
  Memory,
  { readonly state: MemoryState; readonly session: MemorySession }
>() {}

/** One more user of a store, until the scope closes. */
export const layer = (state: MemoryState): Layer.Layer<Memory> =>
  Layer.scoped(
    Memory,
    Effect.acquireRelease(
      Effect.sync(() => {
        const session = new MemorySession()
        state.sessions.add(session)
        return { state, session }
      }),
      ({ session }) => Effect.sync(() => state.sessions.delete(session))
    )
  )
