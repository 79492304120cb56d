/** True when the path starts at the root. */
export const isAbsolute = (path: string): boolean => path.startsWith("/")

/** The shortest equal path by text alone: no `.`, no empty parts, `..` taken back (never above the root). */
export const clean = (path: string): string => {
  const absolute = isAbsolute(path)
  const parts: Array<string> = []
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue
    if (part !== "..") parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== "..") parts.pop()
    else if (!absolute) parts.push(part)
  }
  const text = parts.join("/")
  return absolute ? `/${text}` : text === "" ? "." : text
}

/** `path` seen from `directory`; an absolute path stays. */
export const resolve = (directory: string, path: string): string =>
  clean(isAbsolute(path) ? path : `${directory}/${path}`)

/** True when `path` is `directory` or lies below it; both clean and absolute. */
export const isWithin = (directory: string, path: string): boolean =>
  path === directory || directory === "/" || path.startsWith(`${directory}/`)
