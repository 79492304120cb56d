/** How long to go on when a registry is busy or a connection breaks. Times in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstDelay: number
  readonly delayMax: number
  /** A `Retry-After` that asks for more is not waited for. */
  readonly patience: number
}

export const standard: RetryPolicy = { attempts: 5, firstDelay: 250, delayMax: 10_000, patience: 60_000 }

/** Answers after which the same request may succeed. */
export const isTransient = (status: number): boolean =>
  status === 408 || status === 429 || status === 500 || status === 502 || status === 503 || status === 504

/** The wait that a `Retry-After` header asks for: seconds, or a date. Source: RFC 9110 section 10.2.3. */
export const retryAfter = (header: string, now: number): number | undefined => {
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  if (!/^[A-Za-z]{3},/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/**
 * How long to wait after the `failures`-th failure in a row (1 is the first); undefined is to give up. The delay doubles;
 * `jitter` from 0 to 1 spreads it over its upper half, so that many clients do not come back at once.
 */
export const delay = (
  policy: RetryPolicy,
  failures: number,
  asked: number | undefined,
  jitter: number
): number | undefined => {
  if (failures >= policy.attempts) return undefined
  if (asked !== undefined) return asked <= policy.patience ? asked : undefined
  const ceiling = Math.min(policy.delayMax, policy.firstDelay * 2 ** (failures - 1))
  return Math.round(ceiling * (0.5 + jitter / 2))
}
