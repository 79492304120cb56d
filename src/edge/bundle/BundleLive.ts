import * as Layer from "effect/Layer"
import type { HostProbe } from "../host/HostProbe.js"
import * as HostProbeLinux from "../host/HostProbeLinux.js"
import type { BundleRuntime } from "./BundleRuntime.js"
import * as BundleRuntimeNative from "./BundleRuntimeNative.js"
import * as HookRunner from "./HookRunner.js"
import type { OciContainers } from "./OciContainers.js"
import * as OciContainersFs from "./OciContainersFs.js"
import type { RootTrees } from "./RootTrees.js"
import * as RootTreesFs from "./RootTreesFs.js"

/** Everything that containers of bundles live on: no store, no supervisor. */
export type Bundles = BundleRuntime | HookRunner.HookRunner | HostProbe | OciContainers | RootTrees

export const layer: Layer.Layer<Bundles> = Layer.mergeAll(
  BundleRuntimeNative.layer,
  HookRunner.layer,
  HostProbeLinux.layer,
  OciContainersFs.layer,
  RootTreesFs.layer
)
