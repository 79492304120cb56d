/** Paths inside an image or context: `/`-separated, as Go's `path` package treats them. */

/** Shortest equivalent: no `.`, `..` resolved (never above `/`), no repeated or trailing slash. Empty gives `.`. */
export const clean = (path: string): string => {
  const rooted = path.startsWith("/")
  const out: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue
    if (part === "..") {
      if (out.length > 0 && out.at(-1) !== "..") out.pop()
      else if (!rooted) out.push("..")
    } else out.push(part)
  }
  const joined = out.join("/")
  return rooted ? `/${joined}` : joined === "" ? "." : joined
}

/** Joined and cleaned; empty parts do not count. */
export const join = (...parts: ReadonlyArray<string>): string => {
  const present = parts.filter((part) => part !== "")
  return present.length === 0 ? "" : clean(present.join("/"))
}

/** `path` taken from the root, cleaned: always absolute. */
export const absolute = (path: string): string => clean(`/${path}`)

/** The part after the last slash; trailing slashes do not count. `/` for the root, `.` for an empty path. */
export const base = (path: string): string => {
  const trimmed = path.replace(/\/+$/, "")
  if (trimmed === "") return path === "" ? "." : "/"
  return trimmed.slice(trimmed.lastIndexOf("/") + 1)
}

/** Everything before the last slash, cleaned. */
export const directory = (path: string): string => clean(path.slice(0, path.lastIndexOf("/") + 1))

/** Relative paths are taken from `parent`, an empty one is `parent` itself; absolute ones stay verbatim. */
export const under = (parent: string, path: string): string =>
  path === ""
    ? parent === ""
      ? "/"
      : parent
    : path.startsWith("/")
      ? path
      : absolute(join(parent === "" ? "/" : parent, path))

/** Like {@link under}, but a trailing slash or `/.`, which says "a directory", is kept. */
export const destination = (workingDirectory: string, path: string): string => {
  const named = path === "." || path === "" ? "./" : path
  const full = named.startsWith("/")
    ? named
    : absolute(join(workingDirectory === "" ? "/" : workingDirectory, named))
  if (named.endsWith("/") && !full.endsWith("/")) return `${full}/`
  if (named.endsWith("/.") && !named.startsWith("/")) return full === "/" ? "/." : `${full}/.`
  return full
}

/** True where a name has characters of a pattern that no backslash takes the meaning from. */
export const hasWildcards = (path: string): boolean => /(^|[^\\])(\\\\)*[*?[]/.test(path)
