const unitNanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12
}

/** The nanoseconds of a duration such as `1m30s` or `-2.5h`; undefined for anything else. Source: Go, time.ParseDuration. */
export const parse = (text: string): number | undefined => {
  const [, sign, body = ""] = /^([+-]?)(.*)$/.exec(text) ?? []
  if (body === "0") return 0
  if (body === "" || !/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(body)) return undefined
  let total = 0
  for (const [, count, unit = ""] of body.matchAll(/([\d.]+)([a-zµμ]+)/g))
    total += Number(count) * (unitNanoseconds[unit] ?? 0)
  return Math.round(sign === "-" ? -total : total)
}

/** Nanoseconds as Go prints a duration: `1m30s`, `1.5s`, `100ms`. Source: Go, time.Duration.String. */
export const text = (nanoseconds: number): string => {
  const size = Math.abs(nanoseconds)
  const sign = nanoseconds < 0 ? "-" : ""
  if (size === 0) return "0s"
  for (const [unit, scale] of [
    ["ns", 1],
    ["µs", 1e3],
    ["ms", 1e6]
  ] as const)
    if (size < scale * 1000) return `${sign}${decimal(size, scale)}${unit}`
  const minutes = Math.floor(size / 6e10)
  const hours = Math.floor(minutes / 60)
  return `${sign}${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes % 60}m` : ""}${decimal(size % 6e10, 1e9)}s`
}

/** A quotient by a power of ten, exactly. */
const decimal = (value: number, scale: number): string => {
  const digits = String(scale).length - 1
  const fraction = String(value % scale)
    .padStart(digits, "0")
    .replace(/0+$/, "")
  return `${Math.floor(value / scale)}${digits === 0 || fraction === "" ? "" : `.${fraction}`}`
}
