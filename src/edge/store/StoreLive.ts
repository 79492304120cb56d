import * as Layer from "effect/Layer"
import * as LayoutPaths from "../../core/store/LayoutPaths.js"
import type { Archives } from "../archive/Archives.js"
import * as ArchivesFs from "../archive/ArchivesFs.js"
import type { BlobStore } from "./BlobStore.js"
import type { BuildCache } from "./BuildCache.js"
import type { ContainerStore } from "./ContainerStore.js"
import * as BlobStoreFs from "./fs/BlobStoreFs.js"
import * as BuildCacheFs from "./fs/BuildCacheFs.js"
import * as ContainerStoreFs from "./fs/ContainerStoreFs.js"
import * as GarbageFs from "./fs/GarbageFs.js"
import * as ImageStoreFs from "./fs/ImageStoreFs.js"
import * as LayerStoreFs from "./fs/LayerStoreFs.js"
import * as StoreFiles from "./fs/StoreFiles.js"
import * as StoreLockFs from "./fs/StoreLockFs.js"
import * as VolumeStoreFs from "./fs/VolumeStoreFs.js"
import type { Garbage } from "./Garbage.js"
import type { ImageStore } from "./ImageStore.js"
import type { LayerStore } from "./LayerStore.js"
import type { StoreLock } from "./StoreLock.js"
import { StoreRoot } from "./StoreRoot.js"
import type { VolumeStore } from "./VolumeStore.js"

/** Every service of a store. */
export type Store =
  | Archives
  | BlobStore
  | BuildCache
  | ContainerStore
  | Garbage
  | ImageStore
  | LayerStore
  | StoreLock
  | VolumeStore

/** The store on the file system that StoreRoot names. Nothing is read or made before a service is asked to. */
export const layer: Layer.Layer<Store, never, StoreRoot> = Layer.mergeAll(
  ArchivesFs.layer,
  ImageStoreFs.layer,
  ContainerStoreFs.layer,
  BuildCacheFs.layer,
  VolumeStoreFs.layer
).pipe(
  Layer.provideMerge(LayerStoreFs.layer),
  Layer.provideMerge(GarbageFs.layer),
  Layer.provideMerge(BlobStoreFs.layer),
  Layer.provideMerge(StoreLockFs.layer),
  Layer.provide(StoreFiles.layer)
)

/** The same for a directory, as `root` or as what else we are to its files. */
export const layerFs = (dir: string, identity: "root" | "mapped" | "user"): Layer.Layer<Store | StoreRoot> =>
  Layer.provideMerge(layer, Layer.succeed(StoreRoot, { paths: LayoutPaths.of(dir), identity }))
