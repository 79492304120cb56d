import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { CopiedEntry } from "../../core/container/Mount.js"
import type { Destinations } from "../../core/container/MountTargets.js"
import type { RuntimeError } from "../runtime/RuntimeError.js"

/** What a root file system has before anything is mounted on it. */
export class RootTrees extends Context.Tag("kasane/edge/bundle/RootTrees")<
  RootTrees,
  {
    /**
     * The entries below each target, parents first; a target that is not there or is no directory has none. Links are followed inside
     * the root only, and only up to the target. Fails when there are too many to copy, or some that are neither file, directory nor link.
     */
    readonly entries: (
      root: string,
      targets: ReadonlyArray<string>
    ) => Effect.Effect<Readonly<Record<string, ReadonlyArray<CopiedEntry>>>, RuntimeError>
    /** By target, where a mount must go whose target is a link to what is not there; the other targets are left out. */
    readonly dangling: (
      root: string,
      targets: ReadonlyArray<string>
    ) => Effect.Effect<Destinations, RuntimeError>
  }
>() {}
