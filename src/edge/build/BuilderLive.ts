import * as Layer from "effect/Layer"
import * as HostProbeLinux from "../host/HostProbeLinux.js"
import * as RuntimeNative from "../runtime/RuntimeNative.js"
import type { CacheMounts } from "../store/CacheMounts.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreRoot } from "../store/StoreRoot.js"
import type { BuildContext } from "./BuildContext.js"
import * as BuildContextFs from "./BuildContextFs.js"
import type { ResultTree } from "./ResultTree.js"
import * as ResultTreeFs from "./ResultTreeFs.js"
import type { StepExecutor } from "./StepExecutor.js"
import * as StepExecutorLive from "./StepExecutorLive.js"

/** What executes builds. */
export type Builder = BuildContext | ResultTree | StepExecutor

/** Builds on the store at `root`, with this host's containers. */
export const layer = (root: string): Layer.Layer<Builder, never, StoreRoot | LayerStore | CacheMounts> =>
  Layer.mergeAll(BuildContextFs.layer, ResultTreeFs.layer, StepExecutorLive.layer).pipe(
    Layer.provide(HostProbeLinux.layer),
    Layer.provide(RuntimeNative.layerNative(`${root}/containers`))
  )
