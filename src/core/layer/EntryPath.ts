import * as Either from "effect/Either"

/**
 * The path of an archive's entry as names below the root, joined by `/`; empty for the root itself. Absolute paths are
 * taken from the root, `.` and inner `..` are resolved as text. Left, with the reason, for a path that leaves the root, or holds a
 * zero byte: no file system can mean it.
 */
export const normalize = (path: string): Either.Either<string, string> => {
  if (plain.test(path)) return Either.right(path)
  if (path.includes("\0")) return Either.left("its path holds a zero byte")
  const names: Array<string> = []
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue
    if (name !== "..") names.push(name)
    else if (names.pop() === undefined) return Either.left("its path leaves the root directory")
  }
  return Either.right(names.join("/"))
}

/** No empty component, none that starts with a dot, no zero byte: as almost all are. */
const plain = /^[^./\0][^/\0]*(?:\/[^./\0][^/\0]*)*$/

/** The directory part of a normalized path; empty for the root. */
export const parent = (path: string): string => path.slice(0, Math.max(path.lastIndexOf("/"), 0))

/** The last component of a normalized path. */
export const base = (path: string): string => path.slice(path.lastIndexOf("/") + 1)
