import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Archives } from "../../archive/Archives.js"
import type { CacheImports } from "../CacheImports.js"
import type { Store } from "../StoreLive.js"
import { StoreRoot } from "../StoreRoot.js"
import * as BlobStoreMemory from "./BlobStoreMemory.js"
import * as BuildCacheMemory from "./BuildCacheMemory.js"
import * as CacheMountsMemory from "./CacheMountsMemory.js"
import * as ContainerStoreMemory from "./ContainerStoreMemory.js"
import * as EventsMemory from "./EventsMemory.js"
import * as GarbageMemory from "./GarbageMemory.js"
import * as ImageStoreMemory from "./ImageStoreMemory.js"
import * as LayerStoreMemory from "./LayerStoreMemory.js"
import * as MemoryState from "./MemoryState.js"
import * as NetworkStoreMemory from "./NetworkStoreMemory.js"
import * as StoreLockMemory from "./StoreLockMemory.js"
import * as VolumeStoreMemory from "./VolumeStoreMemory.js"

/** Every service of a store but archives and imported caches, which are about files of this machine. */
export type StoreInMemory = Exclude<Store, Archives | CacheImports> | StoreRoot | MemoryState.Memory

/** The services of a store in memory, for one more user of it. */
export const layerOn = (state: MemoryState.MemoryState): Layer.Layer<StoreInMemory> =>
  Layer.mergeAll(
    ImageStoreMemory.layer,
    ContainerStoreMemory.layer,
    BuildCacheMemory.layer,
    CacheMountsMemory.layer,
    EventsMemory.layer,
    VolumeStoreMemory.layer,
    NetworkStoreMemory.layer,
    LayerStoreMemory.layer,
    Layer.succeed(StoreRoot, { paths: state.paths, identity: "root" })
  ).pipe(
    Layer.provideMerge(GarbageMemory.layer),
    Layer.provideMerge(BlobStoreMemory.layer),
    Layer.provideMerge(StoreLockMemory.layer),
    Layer.provideMerge(MemoryState.layer(state))
  )

/** A new store in memory, gone with its last user: the twin of the store on the file system, for tests and for planning. */
export const layerMemory: Layer.Layer<StoreInMemory> = Layer.unwrapEffect(
  Effect.sync(() => layerOn(new MemoryState.MemoryState()))
)
