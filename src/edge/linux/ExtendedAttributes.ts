import { bind, check, lastCode } from "./Libc.js"
import { cString, type PathBytes, printable } from "./PathArgument.js"

/** Sets an attribute of what `path` names, of a symbolic link itself. Source: setxattr(2). */
export const set = (path: PathBytes, name: string, value: Uint8Array): void => {
  const call = bind(
    "int lsetxattr(const uint8_t *path, const char *name, const uint8_t *value, size_t size, int flags)"
  )
  check(call(cString(path), name, value, value.length, 0), "lsetxattr", printable(path))
}

/** The value of an attribute; undefined where there is none. Source: getxattr(2). */
export const get = (path: PathBytes, name: string): Uint8Array | undefined => {
  const call = bind(
    "int64_t lgetxattr(const uint8_t *path, const char *name, _Out_ uint8_t *value, size_t size)"
  )
  const value = room()
  const size = orAbsent(call(cString(path), name, value, value.length), "lgetxattr", path)
  return size === undefined ? undefined : new Uint8Array(value.subarray(0, size))
}

/** The names of all attributes, in order. Source: listxattr(2). */
export const list = (path: PathBytes): ReadonlyArray<string> => {
  const call = bind("int64_t llistxattr(const uint8_t *path, _Out_ uint8_t *list, size_t size)")
  const names = room()
  const size = orAbsent(call(cString(path), names, names.length), "llistxattr", path)
  if (size === undefined || size === 0) return []
  return names
    .toString("latin1", 0, size - 1)
    .split("\0")
    .sort()
}

/** XATTR_SIZE_MAX and XATTR_LIST_MAX. Source: xattr(7). */
const valueMax = 65536

let shared: Buffer | undefined

/** Calls are synchronous and results are copied out, so all share one buffer: zeroing 64 KiB costs more than a call. */
const room = (): Buffer => {
  shared ??= Buffer.allocUnsafeSlow(valueMax)
  return shared
}

/** Undefined where the attribute is absent, or the file system knows no attributes: too usual to be thrown. */
const orAbsent = (result: number, syscall: string, path: PathBytes): number | undefined => {
  if (result >= 0) return result
  const code = lastCode()
  if (code === "ENODATA" || code === "ENOTSUP") return undefined
  return check(result, syscall, printable(path))
}
