import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { layerFs, type Store } from "../../../src/edge/store/StoreLive.js"
import type { StoreRoot } from "../../../src/edge/store/StoreRoot.js"

const identity = process.getuid?.() === 0 ? "root" : "mapped"

/** A directory of its own, deleted with the scope. */
export const temporaryDirectory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "kasane-store-"))),
  (dir) => Effect.sync(() => fs.rmSync(dir, { recursive: true, force: true }))
)

/** Runs a test on an empty store of its own. */
export const withStore = <A, E>(
  test: (dir: string) => Effect.Effect<A, E, Store | StoreRoot>
): Effect.Effect<A, E> =>
  Effect.scoped(
    Effect.flatMap(temporaryDirectory, (dir) =>
      Effect.provide(test(`${dir}/store`), layerFs(`${dir}/store`, identity))
    )
  )
