/** What a token is for. Source: distribution, "Token Scope Documentation". */
export interface Scope {
  /** `repository`, `registry`, or what else a registry's challenges name. */
  readonly type: string
  readonly name: string
  readonly actions: ReadonlyArray<string>
}

const repository = (name: string, actions: ReadonlyArray<string>): Scope => ({
  type: "repository",
  name,
  actions
})

export const pull = (path: string): Scope => repository(path, ["pull"])
export const push = (path: string): Scope => repository(path, ["pull", "push"])
export const remove = (path: string): Scope => repository(path, ["delete"])
export const catalog: Scope = { type: "registry", name: "catalog", actions: ["*"] }

/** The text form, actions sorted: `repository:library/busybox:pull,push`. */
export const print = (scope: Scope): string =>
  `${scope.type}:${scope.name}:${[...new Set(scope.actions)].sort().join(",")}`

/** The scopes of a challenge, separated by spaces; what is none is left out. A name may hold a port's colon. */
export const parse = (text: string): ReadonlyArray<Scope> =>
  text.split(/\s+/).flatMap((part) => {
    const match = /^([A-Za-z0-9()]+):([^\s]+):([A-Za-z0-9*,_-]*)$/.exec(part)
    if (match === null) return []
    const [, type = "", name = "", actions = ""] = match
    return [{ type, name, actions: actions.split(",").filter((action) => action !== "") }]
  })

/** One scope for each thing named, sorted, actions joined: equal needs have equal lists. */
export const union = (scopes: ReadonlyArray<Scope>): ReadonlyArray<Scope> => {
  const merged = new Map<string, Scope>()
  for (const scope of scopes) {
    const key = `${scope.type}:${scope.name}`
    const actions = new Set([...(merged.get(key)?.actions ?? []), ...scope.actions])
    merged.set(key, { ...scope, actions: [...actions].sort() })
  }
  return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, scope]) => scope)
}

/** True where a token for `held` is good for all of `wanted`. */
export const covers = (held: ReadonlyArray<Scope>, wanted: ReadonlyArray<Scope>): boolean =>
  wanted.every((want) =>
    held.some(
      (have) =>
        have.type === want.type &&
        have.name === want.name &&
        want.actions.every((action) => have.actions.includes(action))
    )
  )
