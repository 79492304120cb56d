import { concat, padded } from "./Bytes.js"

/** A typed value of a message: bytes, or attributes inside it. Source: netlink(7). */
export interface Attribute {
  readonly type: number
  readonly value: Uint8Array | ReadonlyArray<Attribute>
}

/** A request: `body` is the fixed structure that its family has before the attributes. */
export interface Message {
  readonly type: number
  readonly flags: number
  readonly body: Uint8Array
  readonly attributes: ReadonlyArray<Attribute>
}

/** A message as it came; `payload` is everything after the header. */
export interface Received {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly payload: Uint8Array
}

/** NLM_F_*. Source: linux/netlink.h. */
export const flag = {
  request: 0x1,
  ack: 0x4,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800
} as const

/** NLMSG_ERROR and NLMSG_DONE. */
export const kind = { error: 2, done: 3 } as const

const headerSize = 16
const nested = 0x8000
const typeMask = 0x3fff

const aligned = (size: number): number => (size + 3) & ~3

const isNested = (value: Attribute["value"]): value is ReadonlyArray<Attribute> => Array.isArray(value)

const encodeAttribute = ({ type, value }: Attribute): Uint8Array => {
  const inner = isNested(value) ? encodeAttributes(value) : value
  const size = 4 + inner.length
  const data = new Uint8Array(aligned(size))
  const view = new DataView(data.buffer)
  view.setUint16(0, size, true)
  view.setUint16(2, isNested(value) ? type | nested : type, true)
  data.set(inner, 4)
  return data
}

export const encodeAttributes = (attributes: ReadonlyArray<Attribute>): Uint8Array =>
  concat(...attributes.map(encodeAttribute))

/** A message as the kernel takes it. */
export const encode = ({ type, flags, body, attributes }: Message, sequence: number): Uint8Array => {
  const content = concat(padded(body, aligned(body.length)), encodeAttributes(attributes))
  const header = new Uint8Array(headerSize)
  const view = new DataView(header.buffer)
  view.setUint32(0, headerSize + content.length, true)
  view.setUint16(4, type, true)
  view.setUint16(6, flags, true)
  view.setUint32(8, sequence, true)
  return concat(header, content)
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength)

/** The messages of one datagram; stops where the bytes make no sense. */
export const decode = (data: Uint8Array): ReadonlyArray<Received> => {
  const found: Array<Received> = []
  const view = viewOf(data)
  for (let at = 0; at + headerSize <= data.length; ) {
    const size = view.getUint32(at, true)
    if (size < headerSize || at + size > data.length) break
    found.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: data.subarray(at + headerSize, at + size)
    })
    at += aligned(size)
  }
  return found
}

/** The attributes in bytes; those that are marked as nested are read to the bottom. */
export const decodeAttributes = (data: Uint8Array): ReadonlyArray<Attribute> => {
  const found: Array<Attribute> = []
  const view = viewOf(data)
  for (let at = 0; at + 4 <= data.length; ) {
    const size = view.getUint16(at, true)
    const type = view.getUint16(at + 2, true)
    if (size < 4 || at + size > data.length) break
    const value = data.subarray(at + 4, at + size)
    found.push({
      type: type & typeMask,
      value: (type & nested) === 0 ? value : decodeAttributes(value)
    })
    at += aligned(size)
  }
  return found
}

/** The bytes of an attribute; undefined where there is none of that type. */
export const bytesOf = (attributes: ReadonlyArray<Attribute>, type: number): Uint8Array | undefined => {
  const value = attributes.find((attribute) => attribute.type === type)?.value
  return value === undefined || isNested(value) ? undefined : value
}

/** The error number in an NLMSG_ERROR, positive; 0 is an acknowledgement. */
export const errnoOf = ({ payload }: Received): number =>
  payload.length < 4 ? 0 : -viewOf(payload).getInt32(0, true)
