import * as Address from "./Address.js"
import { be16, be32, concat } from "./Bytes.js"

/** What a query asks for. Source: RFC 1035, 4.1. */
export interface Question {
  /** In lower case, without the dot at its end. */
  readonly name: string
  readonly type: number
  readonly class: number
}

/** A query of one question. `end` is where the question ends in the message. */
export interface Query {
  readonly id: number
  readonly flags: number
  readonly question: Question
  readonly end: number
}

export const type = { a: 1, ptr: 12, aaaa: 28 } as const
const IN = 1

/** RCODEs. */
export const code = { noError: 0, serverFailure: 2, nameError: 3, notImplemented: 4 } as const

const headerSize = 12
const longestLabel = 63
const longestName = 255

/** The labels of a name that is not compressed; undefined when they are wrong. */
const readName = (
  message: Uint8Array,
  start: number
): { readonly name: string; readonly end: number } | undefined => {
  const labels: Array<string> = []
  let at = start
  for (;;) {
    const size = message[at]
    if (size === undefined || size > longestLabel || at - start > longestName) return undefined
    if (size === 0) return { name: labels.join("."), end: at + 1 }
    if (at + 1 + size > message.length) return undefined
    labels.push(String.fromCharCode(...message.subarray(at + 1, at + 1 + size)).toLowerCase())
    at += 1 + size
  }
}

/** Reads a query; undefined for what is none, or has not exactly one question. */
export const parseQuery = (message: Uint8Array): Query | undefined => {
  if (message.length < headerSize) return undefined
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const flags = view.getUint16(2)
  const isQuery = (flags & 0xf800) === 0
  if (!isQuery || view.getUint16(4) !== 1) return undefined
  const found = readName(message, headerSize)
  if (found === undefined || found.end + 4 > message.length) return undefined
  const question = {
    name: found.name,
    type: view.getUint16(found.end),
    class: view.getUint16(found.end + 2)
  }
  return { id: view.getUint16(0), flags, question, end: found.end + 4 }
}

/** One answer, to the name that was asked for. */
export type Answer =
  | { readonly _tag: "Address"; readonly address: Address.Address }
  | { readonly _tag: "Name"; readonly name: string }

const encodeName = (name: string): Uint8Array =>
  concat(
    ...name
      .split(".")
      .map((label) => Uint8Array.from([label.length, ...Array.from(label, (c) => c.charCodeAt(0))])),
    Uint8Array.of(0)
  )

/** Seconds that an answer may be kept; Docker's. */
const lifetime_s = 600

const encodeAnswer = (answer: Answer): Uint8Array => {
  const data = answer._tag === "Address" ? Address.bytes(answer.address) : encodeName(answer.name)
  const kind = answer._tag === "Name" ? type.ptr : answer.address.family === 4 ? type.a : type.aaaa
  // The name is where the question's begins.
  return concat(be16(0xc000 | headerSize), be16(kind), be16(IN), be32(lifetime_s), be16(data.length), data)
}

/** A response: the question again, and the answers. */
export const respond = (
  message: Uint8Array,
  query: Query,
  rcode: number,
  answers: ReadonlyArray<Answer>
): Uint8Array => {
  const recursionDesired = query.flags & 0x0100
  // A response, that of somebody who knows when there are answers, who would also ask others.
  const flags = 0x8000 | recursionDesired | 0x0080 | (answers.length > 0 ? 0x0400 : 0) | rcode
  return concat(
    be16(query.id),
    be16(flags),
    be16(1),
    be16(answers.length),
    be16(0),
    be16(0),
    message.subarray(headerSize, query.end),
    ...answers.map(encodeAnswer)
  )
}

/** The address that the name of a reverse question means; undefined for other names. Source: RFC 1035, RFC 3596. */
export const reversed = (name: string): Address.Address | undefined => {
  const four = /^((?:\d{1,3}\.){4})in-addr\.arpa$/.exec(name)?.[1]
  if (four !== undefined) return Address.parse(four.slice(0, -1).split(".").reverse().join("."))
  const six = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1]
  return six === undefined
    ? undefined
    : { family: 6, value: BigInt(`0x${six.replaceAll(".", "").split("").reverse().join("")}`) }
}
