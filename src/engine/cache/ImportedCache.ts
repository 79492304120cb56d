import * as Data from "effect/Data"
import type * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import type { BundleRecord, Checked } from "../../core/plan/CacheBundle.js"
import type { SelectionDigest } from "../../core/plan/StepRecord.js"

/** Why a cache cannot be read or written. `message` is ready for the user. */
export class CacheFailure extends Data.TaggedError("CacheFailure")<{
  readonly message: string
  readonly cause?: unknown
}> {}

/** A cache from elsewhere: its checked records, and how the bytes of its layers are had. */
export interface ImportedCache {
  /** For messages: `ghcr.io/a/app:cache`. */
  readonly name: string
  /** The repository in full that has it, where a registry does. */
  readonly repository: string | undefined
  readonly checked: Checked
  readonly open: (blob: Descriptor, offset: number) => Stream.Stream<Uint8Array, CacheFailure>
}

/** A layer that a cache carries. */
export interface CarriedLayer {
  readonly diffId: Digest
  readonly blob: Descriptor
  readonly from: ImportedCache
}

/**
 * The caches of one build, asked in their order. A layer that turned out not to be had is dropped, and every record that leads
 * to it from then on is a miss.
 */
export class ImportedCaches {
  private readonly records = new Map<Digest, BundleRecord>()
  private readonly names = new Map<Digest, string>()
  private readonly times = new Map<Digest, string>()
  private readonly layers = new Map<Digest, CarriedLayer>()
  private readonly selections = new Map<Digest, SelectionDigest>()
  private readonly dropped = new Set<Digest>()

  constructor(readonly caches: ReadonlyArray<ImportedCache>) {
    for (const from of [...caches].reverse()) {
      const { bundle, layers } = from.checked
      for (const record of bundle.records) {
        this.records.set(record.key, record)
        this.names.set(record.key, from.name)
        if (record.selection !== undefined) this.selections.set(record.selection.selection, record.selection)
      }
      for (const { identity, created } of bundle.times) this.times.set(identity, created)
      for (const [diffId, blob] of layers) this.layers.set(diffId, { diffId, blob, from })
    }
  }

  /** How many layers have turned out not to be had. */
  get droppedCount(): number {
    return this.dropped.size
  }

  get isEmpty(): boolean {
    return this.records.size === 0 && this.times.size === 0
  }

  readonly record = (key: Digest): BundleRecord | undefined => {
    const found = this.records.get(key)
    return found === undefined || this.dropped.has(found.diffId) ? undefined : found
  }

  /** The name of the cache that has a record. */
  readonly from = (key: Digest): string | undefined => this.names.get(key)

  /** The structured keys of everything that is known, as StepRecord has them. */
  readonly details = (): ReadonlyArray<unknown> =>
    [...this.records.values()].flatMap(({ step }) => (step === undefined ? [] : [step]))

  /** The bytes of a layer; undefined where a record only told its key. */
  readonly layer = (diffId: Digest): CarriedLayer | undefined =>
    this.dropped.has(diffId) ? undefined : this.layers.get(diffId)

  /** When the image of an identity was made. */
  readonly created = (identity: Digest): string | undefined => this.times.get(identity)

  readonly selection = (selection: Digest): SelectionDigest | undefined => this.selections.get(selection)

  readonly drop = (diffId: Digest): void => {
    this.dropped.add(diffId)
  }
}

export const none = (): ImportedCaches => new ImportedCaches([])
