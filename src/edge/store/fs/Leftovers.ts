import * as fs from "node:fs"
import type * as Effect from "effect/Effect"
import type { StoreError } from "../StoreError.js"
import { attemptPromise } from "./Failure.js"
import { survey } from "./Session.js"
import type { StoreFilesService } from "./StoreFiles.js"

const deleteTree = (tree: string): Promise<void> => fs.promises.rm(tree, { recursive: true, force: true })

/** Deletes what dead processes left: their unfinished writes, their leases, and what is in the trash. */
export const deleteLeftovers = (files: StoreFilesService): Effect.Effect<void, StoreError> =>
  attemptPromise("clean up", files.paths.root, async () => {
    const { ingest, leases, trash } = files.paths
    for (const id of survey(files.paths).dead) {
      await deleteTree(`${ingest}/${id}`)
      await deleteTree(`${leases}/${id}`)
    }
    for (const name of await fs.promises.readdir(trash)) await deleteTree(`${trash}/${name}`)
  })
