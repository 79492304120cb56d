import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { ChainId } from "../../../core/layer/ChainId.js"
import type * as Digests from "../../../core/oci/Digest.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import * as Reachability from "../../../core/store/Reachability.js"
import { BlobStore } from "../BlobStore.js"
import type { Collected, Garbage } from "../Garbage.js"
import type { StoreError } from "../StoreError.js"
import { StoreLock } from "../StoreLock.js"
import * as ContainerFiles from "./ContainerFiles.js"
import { attempt, attemptPromise } from "./Failure.js"
import * as ImageFiles from "./ImageFiles.js"
import * as LayerFiles from "./LayerFiles.js"
import { deleteLeftovers, sweepHalf } from "./Leftovers.js"
import { survey } from "./Session.js"
import { StoreFiles, type StoreFilesService } from "./StoreFiles.js"

/** What nothing reaches. Read while nobody else changes the store. */
const unreachable = (
  files: StoreFilesService,
  blobs: ReadonlyArray<Digests.Digest>
): { readonly blobs: ReadonlyArray<Digests.Digest>; readonly layers: ReadonlyArray<ChainId> } => {
  const { paths } = files
  const chains = LayerFiles.names(paths)
  const parents = new Map(
    chains.map((chainId) => [chainId, LayerFiles.find(paths, chainId)?.parent] as const)
  )
  const reachable = Reachability.reachable(
    {
      table: ImageFiles.readTable(paths),
      images: ImageFiles.readImages(paths),
      indexes: ImageFiles.readIndexes(paths),
      containers: ContainerFiles.list(paths).map(({ record }) => record),
      leased: survey(paths).held
    },
    (chainId) => parents.get(chainId)
  )
  return {
    blobs: blobs.filter((digest) => !reachable.blobs.has(digest)),
    layers: chains.filter((chainId) => !reachable.chains.has(chainId))
  }
}

const removeLayer = (files: StoreFilesService, chainId: ChainId): number => {
  const record = LayerFiles.find(files.paths, chainId)
  const link = LayoutPaths.layerLink(files.paths, chainId)
  if (LayerFiles.linkOf(files.paths, chainId) === link) fs.rmSync(link, { force: true })
  files.trash(LayoutPaths.layer(files.paths, chainId))
  return record?.sizeBytes ?? 0
}

const removeBlob = (files: StoreFilesService, digest: Digests.Digest): number => {
  const file = LayoutPaths.blob(files.paths, digest)
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
  files.trash(file)
  return size
}

/** Takes everything unreachable away by renaming it to the trash. */
const sweep = (files: StoreFilesService, all: ReadonlyArray<Digests.Digest>): Collected => {
  const found = unreachable(files, all)
  let reclaimedBytes = 0
  // Upper layers before those below them: a layer is never without the rest of its stack.
  for (const chainId of found.layers) reclaimedBytes += removeLayer(files, chainId)
  for (const digest of found.blobs) reclaimedBytes += removeBlob(files, digest)
  return { ...found, reclaimedBytes }
}

export const make: Effect.Effect<Garbage["Type"], never, StoreFiles | StoreLock | BlobStore> = Effect.gen(
  function* () {
    const files = yield* StoreFiles
    const { exclusive } = yield* StoreLock
    const blobs = yield* BlobStore
    const prepared = attempt("prepare", files.paths.root, files.prepare)

    const collect: Effect.Effect<Collected, StoreError> = Effect.gen(function* () {
      yield* prepared
      const collected = yield* exclusive(
        Effect.flatMap(blobs.list, (all) =>
          attempt("collect garbage in", files.paths.root, () => files.onReserve(() => sweep(files, all)))
        )
      )
      yield* attemptPromise("empty the trash in", files.paths.root, () => files.emptyTrash())
      return collected
    })

    return { collect, recover: Effect.zipRight(exclusive(sweepHalf(files)), deleteLeftovers(files)) }
  }
)
