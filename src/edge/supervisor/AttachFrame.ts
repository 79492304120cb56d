/** What travels between a relay and someone attached: a byte of kind, four of length (big endian), the payload. */
export const Kind = { stdin: 0, stdout: 1, stderr: 2, resize: 3, stdinEnd: 4, hello: 5, exit: 6 } as const
export type Kind = (typeof Kind)[keyof typeof Kind]

export interface Frame {
  readonly kind: number
  readonly payload: Uint8Array
}

const headBytes = 5
/** No peer of ours sends more at once; a larger length is noise, not a frame. */
const longestPayloadBytes = 1 << 20

/** The bytes of a frame. */
export const encode = (kind: Kind, payload: Uint8Array = new Uint8Array()): Uint8Array => {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length)
  bytes.writeUInt8(kind, 0)
  bytes.writeUInt32BE(payload.length, 1)
  bytes.set(payload, headBytes)
  return bytes
}

/** A terminal's size as a resize frame carries it. */
export interface Size {
  readonly rows: number
  readonly columns: number
}

export const encodeSize = ({ rows, columns }: Size): Uint8Array => {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt16BE(rows, 0)
  payload.writeUInt16BE(columns, 2)
  return encode(Kind.resize, payload)
}

export const decodeSize = (payload: Uint8Array): Size | undefined => {
  if (payload.length !== 4) return undefined
  const view = Buffer.from(payload)
  return { rows: view.readUInt16BE(0), columns: view.readUInt16BE(2) }
}

/** Which streams someone attached wants. */
export interface Hello {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

export const encodeHello = (hello: Hello): Uint8Array =>
  encode(Kind.hello, Uint8Array.of(Number(hello.stdin), Number(hello.stdout), Number(hello.stderr)))

export const decodeHello = (payload: Uint8Array): Hello => ({
  stdin: payload[0] === 1,
  stdout: payload[1] === 1,
  stderr: payload[2] === 1
})

/** Takes bytes as they arrive and gives the frames that are complete; "noise" when they cannot be frames. */
export class FrameReader {
  private rest: Buffer = Buffer.alloc(0)

  push(chunk: Uint8Array): ReadonlyArray<Frame> | "noise" {
    const bytes =
      this.rest.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([this.rest, chunk])
    const frames: Array<Frame> = []
    let from = 0
    while (bytes.length - from >= headBytes) {
      const length = bytes.readUInt32BE(from + 1)
      if (length > longestPayloadBytes) return "noise"
      if (bytes.length - from - headBytes < length) break
      const payload = bytes.subarray(from + headBytes, from + headBytes + length)
      frames.push({ kind: bytes.readUInt8(from), payload })
      from += headBytes + length
    }
    this.rest = Buffer.from(bytes.subarray(from))
    return frames
  }
}
