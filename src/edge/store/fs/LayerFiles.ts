import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { ChainId, DiffId } from "../../../core/layer/ChainId.js"
import * as Chain from "../../../core/layer/ChainId.js"
import type { Descriptor } from "../../../core/oci/Descriptor.js"
import * as Digests from "../../../core/oci/Digest.js"
import { LayerRecord } from "../../../core/store/LayerRecord.js"
import * as LayoutPaths from "../../../core/store/LayoutPaths.js"
import { noLayer } from "../ContentErrors.js"
import type { StoreError } from "../StoreError.js"
import { listIfThere, publish, writeSynced } from "./DurableFile.js"
import { attempt } from "./Failure.js"
import { encode, readRecord } from "./JsonFile.js"
import type { StoreFilesService } from "./StoreFiles.js"

/** The record of a layer that is there. A layer whose record is missing or damaged does not exist. */
export const find = (paths: LayoutPaths.LayoutPaths, chainId: ChainId): LayerRecord | undefined => {
  const file = LayoutPaths.layerRecord(paths, chainId)
  try {
    const record = readRecord(LayerRecord, file)
    return record?.chainId === chainId ? record : undefined
  } catch (error) {
    if (isDamage(error)) return undefined
    throw error
  }
}

const isDamage = (error: unknown): boolean =>
  error instanceof Error && "reason" in error && error.reason === "Corrupt"

/** Every chain id that has a directory, whether its record is valid or not. */
export const names = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<ChainId> =>
  listIfThere(paths.layers)
    .map((hex) => `sha256:${hex}`)
    .filter(Digests.isDigest)
    .map((digest) => Chain.append(undefined, digest))

export const list = (paths: LayoutPaths.LayoutPaths): ReadonlyArray<LayerRecord> =>
  names(paths).flatMap((chainId) => find(paths, chainId) ?? [])

/** The records of a stack, top first. */
export const stack = (
  paths: LayoutPaths.LayoutPaths,
  top: ChainId
): Effect.Effect<ReadonlyArray<LayerRecord>, StoreError> =>
  Effect.gen(function* () {
    const records: Array<LayerRecord> = []
    for (let at: ChainId | undefined = top; at !== undefined; ) {
      const chainId: ChainId = at
      const record = yield* attempt("read", chainId, () => find(paths, chainId))
      if (record === undefined) return yield* noLayer(chainId)
      records.push(record)
      at = record.parent
    }
    return records
  })

/** The records that a mount needs: a layer that hides everything below it is the last. */
export const mounted = (records: ReadonlyArray<LayerRecord>): ReadonlyArray<LayerRecord> => {
  const last = records.findIndex((record) => record.isOpaque === true)
  return last < 0 ? records : records.slice(0, last + 1)
}

/** The short link to a layer's tree; the tree itself if another layer has the link's name. */
export const linkOf = (paths: LayoutPaths.LayoutPaths, chainId: ChainId): string => {
  const link = LayoutPaths.layerLink(paths, chainId)
  try {
    return fs.readlinkSync(link) === linkTarget(chainId) ? link : LayoutPaths.layerDiff(paths, chainId)
  } catch {
    return LayoutPaths.layerDiff(paths, chainId)
  }
}

const linkTarget = (chainId: ChainId): string => `../layers/${Digests.hex(chainId)}/diff`

/** A layer that is complete but not visible yet: `dir` holds `diff/`. */
export interface FinishedLayer {
  readonly dir: string
  readonly parent: ChainId | undefined
  readonly diffId: DiffId
  readonly blob: Descriptor
  readonly sizeBytes: number
  readonly entryCount: number
  readonly isOpaque: boolean
}

/** Writes the record beside a finished tree. To be synced before it is published. */
export const writeRecord = (layer: FinishedLayer): LayerRecord => {
  const { dir, parent, diffId, blob, sizeBytes, entryCount } = layer
  const record: LayerRecord = {
    chainId: Chain.append(parent, diffId),
    diffId,
    ...(parent !== undefined && { parent }),
    blob: { mediaType: blob.mediaType, digest: blob.digest, size: blob.size },
    sizeBytes,
    entryCount,
    ...(layer.isOpaque && { isOpaque: true as const })
  }
  writeSynced(`${dir}/layer.json`, encode(LayerRecord, record))
  return record
}

/** Makes a finished, synced layer visible; keeps the one that is there. Call it while holding the store's lock. */
export const publishLayer = (files: StoreFilesService, dir: string, record: LayerRecord): void => {
  const { paths, session } = files
  session.hold([record.chainId])
  if (find(paths, record.chainId) !== undefined) return
  const target = LayoutPaths.layer(paths, record.chainId)
  // What is there has no valid record: a loss that this heals.
  files.trash(target)
  makeLink(paths, record.chainId)
  publish(dir, target)
}

const makeLink = (paths: LayoutPaths.LayoutPaths, chainId: ChainId): void => {
  const link = LayoutPaths.layerLink(paths, chainId)
  try {
    fs.symlinkSync(linkTarget(chainId), link)
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
  }
}
