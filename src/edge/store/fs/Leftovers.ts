import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import type { StoreError } from "../StoreError.js"
import * as ContainerFiles from "./ContainerFiles.js"
import { listIfThere } from "./DurableFile.js"
import { attempt, attemptPromise } from "./Failure.js"
import { survey } from "./Session.js"
import type { StoreFilesService } from "./StoreFiles.js"

const deleteTree = (tree: string): Promise<void> => fs.promises.rm(tree, { recursive: true, force: true })

/** Names whose container is not there, and directories of containers without their name: a command died in between. */
const dropHalfContainers = (files: StoreFilesService): void => {
  const { paths } = files
  for (const name of listIfThere(paths.names)) {
    const holder = ContainerFiles.holderOf(paths, name) ?? ""
    if (ContainerFiles.readRecordOf(paths, holder)?.name !== name) ContainerFiles.giveUpName(paths, name)
  }
  const named = new Set(listIfThere(paths.names).map((name) => ContainerFiles.holderOf(paths, name)))
  for (const id of ContainerFiles.ids(paths))
    if (!named.has(id)) files.trash(LayoutPaths.container(paths, id).dir)
}

/**
 * Takes away, while nobody else changes the store, what is half there. A record that cannot be read is left for `check` to
 * tell of.
 */
export const sweepHalf = (files: StoreFilesService): Effect.Effect<void, StoreError> =>
  Effect.catchIf(
    attempt("clean up", files.paths.root, () => dropHalfContainers(files)),
    ({ reason }) => reason === "Corrupt",
    () => Effect.void
  )

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
