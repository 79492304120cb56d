/** Numbers of the machine (x86-64 and arm64 are little-endian) and of the network, as bytes. */
export const u8 = (...values: ReadonlyArray<number>): Uint8Array => Uint8Array.from(values)

const view = (size: number, write: (view: DataView) => void): Uint8Array => {
  const data = new Uint8Array(size)
  write(new DataView(data.buffer))
  return data
}

export const u16 = (value: number): Uint8Array => view(2, (data) => data.setUint16(0, value, true))
export const u32 = (value: number): Uint8Array => view(4, (data) => data.setUint32(0, value, true))
export const be16 = (value: number): Uint8Array => view(2, (data) => data.setUint16(0, value))
export const be32 = (value: number): Uint8Array => view(4, (data) => data.setUint32(0, value))
export const be64 = (value: bigint): Uint8Array => view(8, (data) => data.setBigUint64(0, value))

/** A text with the zero byte that ends it in C. */
export const cString = (text: string): Uint8Array =>
  Uint8Array.from([...text, "\0"], (character) => character.charCodeAt(0))

/** The text before the first zero byte. */
export const ofCString = (data: Uint8Array): string => {
  const end = data.indexOf(0)
  return String.fromCharCode(...(end < 0 ? data : data.subarray(0, end)))
}

export const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Fills up with zero bytes to a size. */
export const padded = (data: Uint8Array, size: number): Uint8Array => {
  const whole = new Uint8Array(size)
  whole.set(data)
  return whole
}
