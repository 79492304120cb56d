/** How fast something goes: bytes and the time in milliseconds when they were counted, and the pace of late. */
export interface Rate {
  readonly at: number
  readonly bytes: number
  /** Bytes a second; undefined before there are two counts. */
  readonly perSecond: number | undefined
}

/** Counts nearer to each other than this are one. */
const intervalMillis = 100

/** What is older than this hardly counts any more. */
const memoryMillis = 2000

export const start = (at: number, bytes: number): Rate => ({ at, bytes, perSecond: undefined })

/** The rate after another count: what is late weighs more, so that neither a pause nor a burst is shown for long. */
export const counted = (rate: Rate, at: number, bytes: number): Rate => {
  const elapsed = at - rate.at
  if (elapsed < intervalMillis) return rate
  // A transfer that began anew: what was counted before says nothing.
  if (bytes < rate.bytes) return start(at, bytes)
  const now = ((bytes - rate.bytes) / elapsed) * 1000
  const weight = rate.perSecond === undefined ? 1 : 1 - Math.exp(-elapsed / memoryMillis)
  return { at, bytes, perSecond: (rate.perSecond ?? 0) * (1 - weight) + now * weight }
}
