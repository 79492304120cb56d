/** A path as a system call takes it: text, or the bytes of a name that is not UTF-8. */
export type PathBytes = string | Uint8Array

/** The path with its terminating zero. */
export const cString = (path: PathBytes): Uint8Array =>
  typeof path === "string" ? Buffer.from(`${path}\0`, "utf8") : Buffer.concat([path, Buffer.alloc(1)])

/** The path for a message. */
export const printable = (path: PathBytes): string =>
  typeof path === "string" ? path : Buffer.from(path).toString("utf8")
