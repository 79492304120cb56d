/**
 * What programs write to their report descriptor: messages of 16 bytes, little-endian: kind (u32), step (u32), value
 * (i64). End of file without a failure means that execve has succeeded.
 */
export type Report =
  /** Process 1 exists: its pid in the pid namespace of the starter. */
  | { readonly _tag: "Started"; readonly pid: number }
  /** A step failed; `errno` is positive. */
  | { readonly _tag: "Failed"; readonly step: number; readonly errno: number }

export const reportSize_bytes = 16

/** The kind of a message by its number on the wire. */
export const kinds = { started: 1, failed: 2 } as const

/** The messages in some bytes, in order; an incomplete one at the end is left out. */
export const decode = (bytes: Uint8Array): ReadonlyArray<Report> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = Math.floor(bytes.length / reportSize_bytes)
  return Array.from({ length: count }, (_, index): Report => {
    const at = index * reportSize_bytes
    const value = Number(view.getBigInt64(at + 8, true))
    return view.getUint32(at, true) === kinds.started
      ? { _tag: "Started", pid: value }
      : { _tag: "Failed", step: view.getUint32(at + 4, true), errno: -value }
  })
}
