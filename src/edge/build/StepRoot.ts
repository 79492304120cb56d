import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChainId } from "../../core/layer/ChainId.js"
import * as DetachedMount from "../linux/DetachedMount.js"
import type { LayerStore } from "../store/LayerStore.js"
import type { StoreConfig } from "../store/StoreRoot.js"
import * as BuildError from "./BuildError.js"

type Layers = LayerStore["Type"]

/** A root that a step writes to, and the upper directory where its writes end up. */
export interface StepRoot {
  readonly root: string
  readonly upper: string
  /** A directory beside it, for what the step needs on the way. */
  readonly scratch: string
}

const told = (error: { readonly message: string }): BuildError.BuildError =>
  BuildError.make("io", error.message, error)

const unmountable = (error: DetachedMount.MountError): BuildError.BuildError =>
  BuildError.make(error.reason === "Unsupported" ? "unsupported" : "io", error.message, error)

/** The stack mounted for writing. Without layers below, the upper directory itself is the root. */
export const writable = (
  layers: Layers,
  identity: StoreConfig["identity"],
  parent: ChainId | undefined
): Effect.Effect<StepRoot, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { dir, upper, work } = yield* Effect.mapError(layers.workspace, told)
    const scratch = `${dir}/step`
    fs.mkdirSync(scratch)
    if (parent === undefined) return { root: upper, upper, scratch }
    const lower = yield* Effect.mapError(layers.lowerDirs(parent), told)
    if (lower.length === 0) return { root: upper, upper, scratch }
    yield* Effect.sync(() => likeRoot(lower[0], upper))
    const root = yield* Effect.mapError(
      DetachedMount.overlay({
        lower,
        writable: { upper, work },
        identity: identity === "root" ? "root" : "mapped"
      }),
      unmountable
    )
    return { root, upper, scratch }
  })

/** The root directory's own mode and owner are those of the topmost layer that has it: the new one takes them over. */
export const likeRoot = (below: string | undefined, upper: string): void => {
  if (below === undefined) return
  const stats = fs.statSync(below)
  fs.chownSync(upper, stats.uid, stats.gid)
  fs.chmodSync(upper, stats.mode & 0o7777)
}

/** Gives what was written without the layers below their root directory's mode and owner. */
export const takeOver = (
  layers: Layers,
  parent: ChainId | undefined,
  upper: string
): Effect.Effect<void, BuildError.BuildError> =>
  parent === undefined
    ? Effect.void
    : Effect.map(Effect.mapError(layers.lowerDirs(parent), told), ([below]) => likeRoot(below, upper))

/** The stack mounted for reading; an empty directory where there are no layers. */
export const readable = (
  layers: Layers,
  identity: StoreConfig["identity"],
  chain: ChainId | undefined
): Effect.Effect<string, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    if (chain === undefined) return (yield* Effect.mapError(layers.workspace, told)).upper
    const lower = yield* Effect.mapError(layers.lowerDirs(chain), told)
    const [only, ...more] = lower
    // One layer needs no overlay to be read, unless it has marks that only overlay understands: it has nothing to hide.
    if (only === undefined) return (yield* Effect.mapError(layers.workspace, told)).upper
    if (more.length === 0) return only
    return yield* Effect.mapError(
      DetachedMount.overlay({
        lower,
        writable: undefined,
        identity: identity === "root" ? "root" : "mapped"
      }),
      unmountable
    )
  })
