import * as Context from "effect/Context"
import type { LayoutPaths } from "../../core/store/LayoutPaths.js"

/** Where the store is, and how this process may use it. */
export interface StoreConfig {
  readonly paths: LayoutPaths
  /**
   * Who we are to the store's file system. `root`: real root. `mapped`: root of a user namespace (no device nodes, overlay
   * marks are `user.overlay.*`). `user`: an ordinary user, who may read records and blobs and nothing more.
   */
  readonly identity: "root" | "mapped" | "user"
}

/** The store that the services of this room work on. */
export class StoreRoot extends Context.Tag("kasane/edge/store/StoreRoot")<StoreRoot, StoreConfig>() {}
