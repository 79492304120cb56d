/**
 * The shortest path that means the same, by text alone: no empty elements, no `.`, no `..` but leading ones of a
 * relative path, no trailing slash; `.` for nothing. Source: Go's `filepath.Clean` on Unix.
 */
export const clean = (path: string): string => {
  const rooted = path.startsWith("/")
  const out: Array<string> = []
  for (const element of path.split("/")) {
    if (element === "" || element === ".") continue
    if (element !== "..") out.push(element)
    else if (out.length > 0 && out[out.length - 1] !== "..") out.pop()
    else if (!rooted) out.push(element)
  }
  const joined = out.join("/")
  if (rooted) return `/${joined}`
  return joined === "" ? "." : joined
}
