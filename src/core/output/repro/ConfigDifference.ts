/** Where two configs differ first. */
export interface ConfigDifference {
  /** `created`, `config.Env.0`, `history.3.created`. */
  readonly field: string
  readonly first: string
  readonly second: string
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const printed = (value: unknown): string =>
  value === undefined ? "absent" : typeof value === "string" ? value : JSON.stringify(value)

/** Compares plain data member by member, in the order of their names; undefined where both are the same. */
export const first = (one: unknown, other: unknown, field = ""): ConfigDifference | undefined => {
  if (!isObject(one) || !isObject(other))
    return one === other ? undefined : { field, first: printed(one), second: printed(other) }
  for (const name of [...new Set([...Object.keys(one), ...Object.keys(other)])].sort()) {
    const found = first(one[name], other[name], field === "" ? name : `${field}.${name}`)
    if (found !== undefined) return found
  }
  return undefined
}
