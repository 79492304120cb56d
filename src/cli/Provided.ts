import type { ImageLayouts } from "../edge/archive/ImageLayouts.js"
import type { Builder } from "../edge/build/BuilderLive.js"
import type { Bundles } from "../edge/bundle/BundleLive.js"
import type { FileTrees } from "../edge/copy/FileTrees.js"
import type { Credentials } from "../edge/registry/Credentials.js"
import type { LayerCompression } from "../edge/registry/LayerCompression.js"
import type { ManifestLists } from "../edge/registry/ManifestLists.js"
import type { RegistryClient } from "../edge/registry/RegistryClient.js"
import type { Store as StoreServices } from "../edge/store/StoreLive.js"
import type { StoreRoot } from "../edge/store/StoreRoot.js"
import type { Containers } from "../edge/supervisor/ContainersLive.js"
import type { ErrandDesk } from "../edge/supervisor/ErrandDesk.js"
import type { UserTerminal } from "../edge/terminal/UserTerminal.js"

type Store = StoreServices | StoreRoot

/**
 * The services a command can ask for, by the name it asks with (`needs`). main.ts has one lazily loaded layer for each
 * name; a command that needs nothing builds nothing.
 */
export interface Provided {
  readonly nothing: never
  /** Images, layers, containers, volumes and the cache of one store. */
  readonly store: Store
  /** The store, and registries to bring images from and to. */
  readonly transfer: Store | RegistryClient | LayerCompression
  /** What `transfer` has, and the user's image layouts. */
  readonly copy: Store | RegistryClient | LayerCompression | ImageLayouts
  /** What builds images: the store, contexts and steps; registries for what is missing; places for caches. */
  readonly build: Store | Builder | RegistryClient | LayerCompression | ImageLayouts
  /** Registries, and manifest lists that are put together for them. */
  readonly manifest: RegistryClient | ManifestLists
  /** Registries, the user's credentials for them, and somebody to ask. */
  readonly login: RegistryClient | Credentials | UserTerminal
  /** What containers of OCI bundles live on: no store. */
  readonly bundles: Bundles
  /** A store and what its containers live on: the runtime, their streams, the supervisor, the user's terminal. */
  readonly containers: Store | Containers
  /** What `containers` has, and the files that are copied to and from them. */
  readonly files: Store | Containers | FileTrees
  /** What `containers` has, and where commands are done for others. */
  readonly supervision: Store | Containers | ErrandDesk
}
