import type { CacheKey, Component } from "./CacheKey.js"
import * as InputFiles from "./InputFiles.js"

/** One reason why a key is not the one of an earlier build. Undoing all causes of a miss gives the earlier key again. */
export interface Cause {
  readonly component: Pick<Component, "kind" | "name">
  readonly before: string | undefined
  readonly after: string | undefined
  /** For people: `ARG VERSION 1.2 -> 1.3`. */
  readonly text: string
}

/** A key of an earlier build, with what was read then. */
export interface Earlier {
  readonly key: CacheKey
  /** By component name, for components of kind `files`. */
  readonly files: Readonly<Record<string, ReadonlyArray<InputFiles.InputEntry>>>
}

const identity = ({ kind, name }: Component): string => `${kind}\0${name}`

interface Difference {
  readonly before: Component | undefined
  readonly after: Component | undefined
}

/** The components that differ, in the order of the new key, then those that are gone. */
const differences = (before: CacheKey, after: CacheKey): ReadonlyArray<Difference> => {
  const old = new Map(before.components.map((one) => [identity(one), one]))
  const found: Array<Difference> = []
  for (const one of after.components) {
    const known = old.get(identity(one))
    old.delete(identity(one))
    if (known?.value !== one.value) found.push({ before: known, after: one })
  }
  for (const gone of old.values()) found.push({ before: gone, after: undefined })
  return found
}

/** How many components differ. */
export const distance = (before: CacheKey, after: CacheKey): number => differences(before, after).length

/** The earlier key that differs least; the first of equals, so pass the newest first. */
export const nearest = <A extends { readonly key: CacheKey }>(
  key: CacheKey,
  earlier: ReadonlyArray<A>
): A | undefined => {
  let best: { readonly distance: number; readonly found: A } | undefined
  for (const found of earlier) {
    const away = distance(found.key, key)
    if (best === undefined || away < best.distance) best = { distance: away, found }
  }
  return best?.found
}

/** Why `now` is another key than `earlier`: one cause for each component that differs (several for files). */
export const causes = (earlier: Earlier, now: Earlier): ReadonlyArray<Cause> =>
  differences(earlier.key, now.key).flatMap(({ before, after }) => {
    const one = after ?? before
    if (one === undefined) return []
    const common = {
      component: { kind: one.kind, name: one.name },
      before: before?.value,
      after: after?.value
    }
    if (one.kind !== "files") return [{ ...common, text: describe(one, before, after) }]
    const changes = InputFiles.diff(earlier.files[one.name] ?? [], now.files[one.name] ?? [])
    const label = one.note === "" ? "" : `${one.note}: `
    return changes.length === 0
      ? [{ ...common, text: `${label}other files are read` }]
      : changes.map((change) => ({
          ...common,
          text: `${label}${change.path === "" ? "/" : change.path} ${change.change}`
        }))
  })

const short = (value: string): string => {
  if (/^sha256:[0-9a-f]{64}$/.test(value)) return value.slice(7, 19)
  return value.length > 60 ? `${value.slice(0, 59)}…` : value
}

const arrow = (before: Component | undefined, after: Component | undefined): string =>
  `${before === undefined ? "(none)" : shown(before.value)} -> ${after === undefined ? "(none)" : shown(after.value)}`

const shown = (value: string): string => (value === "" ? '""' : short(value))

const describe = (one: Component, before: Component | undefined, after: Component | undefined): string => {
  switch (one.kind) {
    case "parent":
      return one.note.startsWith("base ")
        ? `${one.note} moved ${arrow(before, after)}`
        : `${one.note === "" ? "the step before" : one.note} made another layer ${arrow(before, after)}`
    case "variable":
      return `${one.note === "" ? "ENV" : one.note} ${one.name} ${arrow(before, after)}`
    case "command":
      return `the command changed ${arrow(before, after)}`
    case "sandbox":
      return `${one.name} ${arrow(before, after)}`
    case "inline":
      return `heredoc ${one.name} changed`
    case "remote":
      return `${one.name} changed ${arrow(before, after)}`
    case "mount":
      return `mount ${one.name} changed`
    case "sources":
      return "the sources changed"
    case "options":
      return "the options changed"
    case "files":
      return `${one.note} changed`
    default:
      return `${one.kind} ${arrow(before, after)}`
  }
}
