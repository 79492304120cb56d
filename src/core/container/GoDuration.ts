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
