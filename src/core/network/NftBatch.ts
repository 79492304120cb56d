import { bytes, maskBytes, width } from "./Address.js"
import { be16, be32, concat, cString, padded, u8, u32 } from "./Bytes.js"
import * as Netlink from "./Netlink.js"
import type { Chain, Match, Rule, Table, Verdict } from "./Nft.js"

/** NFT_MSG_*, in the subsystem NFNL_SUBSYS_NFTABLES. Source: linux/netfilter/nf_tables.h. */
const subsystem = 10 << 8
const message = { newTable: 0, getTable: 1, deleteTable: 2, newChain: 3, newRule: 6 } as const
const batch = { begin: 16, end: 17 } as const

const NFPROTO_INET = 1

const attribute = (type: number, value: Netlink.Attribute["value"]): Netlink.Attribute => ({ type, value })

/** struct nfgenmsg: family, version, resource. */
const header = (resource: number): Uint8Array => concat(u8(NFPROTO_INET, 0), be16(resource))

const request = (
  type: number,
  flags: number,
  ...attributes: ReadonlyArray<Netlink.Attribute>
): Netlink.Message => ({
  type: subsystem | type,
  flags: Netlink.flag.request | flags,
  body: header(0),
  attributes
})

/** An expression of a rule: NFTA_LIST_ELEM of NFTA_EXPR_NAME and NFTA_EXPR_DATA. */
const expression = (name: string, ...data: ReadonlyArray<Netlink.Attribute>): Netlink.Attribute =>
  attribute(1, [attribute(1, cString(name)), attribute(2, data)])

/** NFTA_DATA_VALUE. */
const data = (value: Uint8Array): ReadonlyArray<Netlink.Attribute> => [attribute(1, value)]

const register = 1
const second = 2

const load = {
  meta: (key: number) => expression("meta", attribute(1, be32(register)), attribute(2, be32(key))),
  /** base: 1 the network header, 2 the transport header. */
  payload: (base: number, offset: number, size: number) =>
    expression(
      "payload",
      attribute(1, be32(register)),
      attribute(2, be32(base)),
      attribute(3, be32(offset)),
      attribute(4, be32(size))
    ),
  conntrack: (key: number) => expression("ct", attribute(1, be32(register)), attribute(2, be32(key))),
  /** NFT_FIB_RESULT_ADDRTYPE of NFTA_FIB_F_DADDR. */
  destinationType: expression(
    "fib",
    attribute(1, be32(register)),
    attribute(2, be32(3)),
    attribute(3, be32(2))
  ),
  immediate: (into: number, value: Uint8Array) =>
    expression("immediate", attribute(1, be32(into)), attribute(2, data(value)))
}

const compare = (operation: number, value: Uint8Array): Netlink.Attribute =>
  expression("cmp", attribute(1, be32(register)), attribute(2, be32(operation)), attribute(3, data(value)))
const equals = (value: Uint8Array) => compare(0, value)
const differs = (value: Uint8Array) => compare(1, value)
const atLeast = (value: Uint8Array) => compare(5, value)
const atMost = (value: Uint8Array) => compare(3, value)

const and = (mask: Uint8Array): Netlink.Attribute =>
  expression(
    "bitwise",
    attribute(1, be32(register)),
    attribute(2, be32(register)),
    attribute(3, be32(mask.length)),
    attribute(4, data(mask)),
    attribute(5, data(new Uint8Array(mask.length)))
  )

/** NFT_META_* */
const meta = { inName: 6, outName: 7, family: 15, protocol: 16 } as const
const protocols = { tcp: 6, udp: 17, sctp: 132 } as const

/** A subnet whose prefix ends at a byte is compared by its first bytes, any other through its mask. */
const inNetwork = ({
  side,
  subnet
}: Extract<Match, { _tag: "Network" }>): ReadonlyArray<Netlink.Attribute> => {
  const { base, prefix } = subnet
  const size = width(base.family) / 8
  const offset = base.family === 4 ? (side === "source" ? 12 : 16) : side === "source" ? 8 : 24
  const familyOf = [load.meta(meta.family), equals(u8(base.family === 4 ? 2 : 10))]
  if (prefix === 0) return familyOf
  if (prefix % 8 === 0)
    return [...familyOf, load.payload(1, offset, prefix / 8), equals(bytes(base).subarray(0, prefix / 8))]
  return [
    ...familyOf,
    load.payload(1, offset, size),
    and(maskBytes(base.family, prefix)),
    equals(bytes(base))
  ]
}

const encodeMatch = (match: Match): ReadonlyArray<Netlink.Attribute> => {
  switch (match._tag) {
    case "Interface": {
      const name = padded(cString(match.name), 16)
      return [
        load.meta(match.side === "in" ? meta.inName : meta.outName),
        match.negate ? differs(name) : equals(name)
      ]
    }
    case "Network":
      return inNetwork(match)
    case "Port":
      return [
        load.meta(meta.protocol),
        equals(u8(protocols[match.protocol])),
        load.payload(2, 2, 2),
        ...(match.first === match.last
          ? [equals(be16(match.first))]
          : [atLeast(be16(match.first)), atMost(be16(match.last))])
      ]
    case "ToThisHost":
      // RTN_LOCAL
      return [load.destinationType, equals(u32(2))]
    case "Established":
      // NFT_CT_STATE: established and related
      return [load.conntrack(0), and(u32(2 | 4)), differs(u32(0))]
    case "Translated":
      // NFT_CT_STATUS: IPS_DST_NAT
      return [load.conntrack(2), and(u32(1 << 5)), differs(u32(0))]
  }
}

const NF_DROP = 0
const NF_ACCEPT = 1
const NFT_JUMP = -3

/** Into the verdict register. */
const decide = (code: number, chain?: string): ReadonlyArray<Netlink.Attribute> => [
  expression(
    "immediate",
    attribute(1, be32(0)),
    attribute(2, [
      attribute(2, [attribute(1, be32(code)), ...(chain === undefined ? [] : [attribute(2, cString(chain))])])
    ])
  )
]

const translate = (
  type: number,
  { address, port }: Pick<Extract<Verdict, { _tag: "Dnat" }>, "address" | "port">
): ReadonlyArray<Netlink.Attribute> => [
  load.immediate(register, bytes(address)),
  ...(port === undefined ? [] : [load.immediate(second, be16(port))]),
  expression(
    "nat",
    attribute(1, be32(type)),
    attribute(2, be32(address.family === 4 ? 2 : 10)),
    attribute(3, be32(register)),
    ...(port === undefined ? [] : [attribute(5, be32(second))])
  )
]

const encodeVerdict = (verdict: Verdict): ReadonlyArray<Netlink.Attribute> => {
  switch (verdict._tag) {
    case "Accept":
      return decide(NF_ACCEPT)
    case "Drop":
      return decide(NF_DROP)
    case "Jump":
      return decide(NFT_JUMP, verdict.chain)
    case "Masquerade":
      return [expression("masq")]
    case "Dnat":
      return translate(1, verdict)
    case "Snat":
      return translate(0, verdict)
  }
}

const hooks = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const

const makeChain = (table: string, { name, base }: Chain): Netlink.Message =>
  request(
    message.newChain,
    Netlink.flag.create,
    attribute(1, cString(table)),
    attribute(3, cString(name)),
    ...(base === undefined
      ? []
      : [
          attribute(4, [attribute(1, be32(hooks[base.hook])), attribute(2, be32(base.priority))]),
          attribute(5, be32(NF_ACCEPT)),
          attribute(7, cString(base.type))
        ])
  )

const makeRule = (table: string, chain: string, { matches, verdict }: Rule): Netlink.Message =>
  request(
    message.newRule,
    Netlink.flag.create | Netlink.flag.append,
    attribute(1, cString(table)),
    attribute(2, cString(chain)),
    attribute(4, [...matches.flatMap(encodeMatch), ...encodeVerdict(verdict)])
  )

const named = (table: string) => attribute(1, cString(table))

/** NFTA_TABLE_USERDATA: a comment in nft's own form (type 0, length, text). */
const noted = (note: string): Netlink.Attribute => {
  const text = cString(note)
  return attribute(6, concat(u8(0, text.length), text))
}

/** All or nothing, in order. The last of `messages` asks for the answer that tells that all was done. */
const inBatch = (messages: ReadonlyArray<Netlink.Message>): ReadonlyArray<Netlink.Message> => [
  { type: batch.begin, flags: Netlink.flag.request, body: header(10), attributes: [] },
  ...messages.map((one, index) =>
    index === messages.length - 1 ? { ...one, flags: one.flags | Netlink.flag.ack } : one
  ),
  { type: batch.end, flags: Netlink.flag.request, body: header(10), attributes: [] }
]

/** Removes a table, if it is there. */
export const remove = (table: string): ReadonlyArray<Netlink.Message> =>
  inBatch([
    request(message.newTable, Netlink.flag.create, named(table)),
    request(message.deleteTable, 0, named(table))
  ])

/** Puts a table in the place of the one of its name in one step. `note` is kept with it and shown by `nft list`. */
export const replace = ({ name, chains }: Table, note: string): ReadonlyArray<Netlink.Message> =>
  inBatch([
    request(message.newTable, Netlink.flag.create, named(name)),
    request(message.deleteTable, 0, named(name)),
    request(message.newTable, Netlink.flag.create, named(name), noted(note)),
    ...chains.map((chain) => makeChain(name, chain)),
    ...chains.flatMap((chain) => chain.rules.map((rule) => makeRule(name, chain.name, rule)))
  ])

/** Asks for a table. */
export const find = (table: string): Netlink.Message => request(message.getTable, 0, named(table))

/** The note in the answer to {@link find}. */
export const readNote = ({ type, payload }: Netlink.Received): string | undefined => {
  if (type !== (subsystem | message.newTable)) return undefined
  const kept = Netlink.bytesOf(Netlink.decodeAttributes(payload.subarray(4)), 6)
  if (kept === undefined || kept[0] !== 0) return undefined
  return String.fromCharCode(...kept.subarray(2, 1 + (kept[1] ?? 1)))
}
