import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LayoutPaths from "../../core/store/LayoutPaths.js"
import { Archives } from "../archive/Archives.js"
import * as ArchivesFs from "../archive/ArchivesFs.js"
import { BlobStore } from "./BlobStore.js"
import { BuildCache } from "./BuildCache.js"
import { CacheImports } from "./CacheImports.js"
import { CacheMounts } from "./CacheMounts.js"
import { ContainerStore } from "./ContainerStore.js"
import { Events } from "./Events.js"
import * as BlobStoreFs from "./fs/BlobStoreFs.js"
import * as BuildCacheFs from "./fs/BuildCacheFs.js"
import * as CacheImportsFs from "./fs/CacheImportsFs.js"
import * as CacheMountsFs from "./fs/CacheMountsFs.js"
import * as ContainerStoreFs from "./fs/ContainerStoreFs.js"
import * as EventsFs from "./fs/EventsFs.js"
import * as GarbageFs from "./fs/GarbageFs.js"
import * as ImageStoreFs from "./fs/ImageStoreFs.js"
import * as LayerStoreFs from "./fs/LayerStoreFs.js"
import * as NetworkStoreFs from "./fs/NetworkStoreFs.js"
import * as StoreFiles from "./fs/StoreFiles.js"
import * as StoreLockFs from "./fs/StoreLockFs.js"
import * as VolumeStoreFs from "./fs/VolumeStoreFs.js"
import { Garbage } from "./Garbage.js"
import { ImageStore } from "./ImageStore.js"
import { LayerStore } from "./LayerStore.js"
import { NetworkStore } from "./NetworkStore.js"
import { StoreLock } from "./StoreLock.js"
import { StoreRoot } from "./StoreRoot.js"
import { VolumeStore } from "./VolumeStore.js"

/** Every service of a store. */
export type Store =
  | Archives
  | BlobStore
  | BuildCache
  | CacheImports
  | CacheMounts
  | ContainerStore
  | Events
  | Garbage
  | ImageStore
  | LayerStore
  | NetworkStore
  | StoreLock
  | VolumeStore

/**
 * Every service of the store on the file system that StoreRoot names. Nothing is read or made before a service is asked to.
 * One effect rather than a layer each: merging ten layers takes as long as starting a container's process.
 */
const services = Effect.gen(function* () {
  const root = yield* StoreRoot
  const files = yield* StoreFiles.make
  const shared = Context.add(Context.make(StoreRoot, root), StoreFiles.StoreFiles, files)
  const lock = Context.add(shared, StoreLock, yield* Effect.provide(StoreLockFs.make, shared))
  const blobs = Context.add(lock, BlobStore, yield* Effect.provide(BlobStoreFs.make, lock))
  const garbage = Context.add(blobs, Garbage, yield* Effect.provide(GarbageFs.make, blobs))
  const layers = Context.add(garbage, LayerStore, yield* Effect.provide(LayerStoreFs.make, garbage))
  return layers.pipe(
    Context.add(Archives, yield* Effect.provide(ArchivesFs.make, layers)),
    Context.add(ImageStore, yield* Effect.provide(ImageStoreFs.make, layers)),
    Context.add(ContainerStore, yield* Effect.provide(ContainerStoreFs.make, layers)),
    Context.add(Events, EventsFs.service(root.paths)),
    Context.add(BuildCache, yield* Effect.provide(BuildCacheFs.make, layers)),
    Context.add(CacheImports, yield* Effect.provide(CacheImportsFs.make, layers)),
    Context.add(CacheMounts, yield* Effect.provide(CacheMountsFs.make, layers)),
    Context.add(NetworkStore, yield* Effect.provide(NetworkStoreFs.make, layers)),
    Context.add(VolumeStore, yield* Effect.provide(VolumeStoreFs.make, layers)),
    Context.omit(StoreFiles.StoreFiles)
  )
})

/** The store in a directory, as `root` or as what else we are to its files. */
export const layerFs = (dir: string, identity: "root" | "mapped" | "user"): Layer.Layer<Store | StoreRoot> =>
  Layer.scopedContext(Effect.provideService(services, StoreRoot, { paths: LayoutPaths.of(dir), identity }))
