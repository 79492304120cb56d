/** Something that the build cache keeps. Types are BuildKit's words; `imported` are records whose layers are elsewhere. */
export interface CacheItem {
  /** 64 hexadecimal digits, for a further copy of a cache mount with its number. */
  readonly id: string
  readonly type: "regular" | "exec.cachemount" | "imported"
  readonly description: string
  /** In milliseconds since 1970. */
  readonly created: number
  readonly lastUsed: number
  readonly sizeBytes: number
  /** A step has it at this moment. */
  readonly inUse: boolean
  /** An image with a name has the same layer: removing the record frees nothing. */
  readonly shared: boolean
}

/** `--filter` of the cache commands: all must hold; of several values for one key, one. */
export interface CacheFilter {
  /** Beginnings of ids. */
  readonly ids: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  /** Parts of descriptions. */
  readonly descriptions: ReadonlyArray<string>
  readonly inUse: boolean | undefined
  readonly shared: boolean | undefined
  /** Only what was last used before, in milliseconds since 1970. */
  readonly until: number | undefined
}

export const everything: CacheFilter = {
  ids: [],
  types: [],
  descriptions: [],
  inUse: undefined,
  shared: undefined,
  until: undefined
}

const oneOf = (wanted: ReadonlyArray<string>, fits: (one: string) => boolean): boolean =>
  wanted.length === 0 || wanted.some(fits)

const is = (wanted: boolean | undefined, value: boolean): boolean => wanted === undefined || wanted === value

export const fits = (filter: CacheFilter, item: CacheItem): boolean =>
  oneOf(filter.ids, (id) => item.id.startsWith(id)) &&
  oneOf(filter.types, (type) => item.type === type) &&
  oneOf(filter.descriptions, (part) => item.description.includes(part)) &&
  is(filter.inUse, item.inUse) &&
  is(filter.shared, item.shared) &&
  (filter.until === undefined || item.lastUsed < filter.until)

/** What a prune may take and must leave. */
export interface PruneRequest {
  /** What named images have too, and imports. */
  readonly all: boolean
  readonly filter: CacheFilter
  /** How much may stay in bytes: what was used last is kept. Undefined: nothing need stay. */
  readonly keepBytes: number | undefined
}

/** What to remove, what was used longest ago first. Never what is in use. */
export const toPrune = (
  items: ReadonlyArray<CacheItem>,
  { all, filter, keepBytes }: PruneRequest
): ReadonlyArray<CacheItem> => {
  const candidates = items
    .filter((item) => !item.inUse && fits(filter, item))
    .filter((item) => all || (!item.shared && item.type !== "imported"))
    .sort((left, right) => left.lastUsed - right.lastUsed || (left.id < right.id ? -1 : 1))
  if (keepBytes === undefined) return candidates
  let held = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return candidates.filter(({ sizeBytes }) => {
    if (held <= keepBytes) return false
    held -= sizeBytes
    return true
  })
}
