/** What a container, volume or network may be called. Source: moby, daemon/names. */
const grammar = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/

/** The name without the slash that Docker's API puts in front. */
export const withoutSlash = (text: string): string => (text.startsWith("/") ? text.slice(1) : text)

/** Why a name cannot be a container's, in Docker's words; undefined when it can. */
export const fault = (name: string): string | undefined =>
  grammar.test(name)
    ? undefined
    : `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`
