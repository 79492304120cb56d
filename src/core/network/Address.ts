import * as Either from "effect/Either"

/** An IP address: its family, and its bits as a number. */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}

/** A subnet in CIDR form. The bits of `base` below the prefix are zero. */
export interface Subnet {
  readonly base: Address
  /** The number of bits that the subnet's addresses share. */
  readonly prefix: number
}

/** How many bits an address of a family has. */
export const width = (family: 4 | 6): number => (family === 4 ? 32 : 128)

const parse4 = (text: string): bigint | undefined => {
  const parts = text.split(".")
  if (parts.length !== 4) return undefined
  let value = 0n
  for (const part of parts) {
    // A leading zero means octal to some and decimal to others, so it means nothing here, as in Go.
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    value = (value << 8n) | BigInt(part)
  }
  return value
}

const groups6 = (text: string): ReadonlyArray<bigint> | undefined => {
  if (text === "") return []
  const parts = text.split(":")
  const groups: Array<bigint> = []
  for (const [index, part] of parts.entries()) {
    if (part.includes(".")) {
      const embedded = index === parts.length - 1 ? parse4(part) : undefined
      if (embedded === undefined) return undefined
      groups.push(embedded >> 16n, embedded & 0xffffn)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`))
    else return undefined
  }
  return groups
}

const parse6 = (text: string): bigint | undefined => {
  const halves = text.split("::")
  if (halves.length > 2) return undefined
  const head = groups6(halves[0] ?? "")
  const tail = halves.length === 2 ? groups6(halves[1] ?? "") : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const all = [...head, ...Array.from({ length: missing }, () => 0n), ...tail]
  return all.reduce((value, group) => (value << 16n) | group, 0n)
}

/** Reads an address in dotted or colon form; undefined when it is none. */
export const parse = (text: string): Address | undefined => {
  const family = text.includes(":") ? 6 : 4
  const value = family === 4 ? parse4(text) : parse6(text)
  return value === undefined ? undefined : { family, value }
}

const show4 = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".")

/** The longest run of at least two zero groups, the first of equals, becomes `::`. Source: RFC 5952. */
const show6 = (value: bigint): string => {
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index)) & 0xffffn)
  let best = { start: 0, length: 1 }
  for (let start = 0; start < groups.length; ) {
    let end = start
    while (groups[end] === 0n) end++
    if (end - start > best.length) best = { start, length: end - start }
    start = end + 1
  }
  const text = (part: ReadonlyArray<bigint>) => part.map((group) => group.toString(16)).join(":")
  return best.length === 1
    ? text(groups)
    : `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`
}

/** The address as people write it. */
export const show = ({ family, value }: Address): string => (family === 4 ? show4(value) : show6(value))

/** The address in network byte order: 4 or 16 bytes. */
export const bytes = ({ family, value }: Address): Uint8Array => {
  const size = width(family) / 8
  return Uint8Array.from({ length: size }, (_, index) =>
    Number((value >> BigInt(8 * (size - 1 - index))) & 0xffn)
  )
}

/** The address that bytes in network order hold; undefined unless there are 4 or 16. */
export const ofBytes = (data: Uint8Array): Address | undefined =>
  data.length === 4 || data.length === 16
    ? {
        family: data.length === 4 ? 4 : 6,
        value: data.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
      }
    : undefined

export const equals = (left: Address, right: Address): boolean =>
  left.family === right.family && left.value === right.value

/** The bits that an address of the subnet may differ in, as a number. */
const hostMask = (family: 4 | 6, prefix: number): bigint => (1n << BigInt(width(family) - prefix)) - 1n

/** The subnet of that size that an address lies in. */
export const subnetOf = ({ family, value }: Address, prefix: number): Subnet => ({
  base: { family, value: value & ~hostMask(family, prefix) },
  prefix
})

/** An address and the size of its subnet, `10.1.2.3/16`; left: Go's words about what it is not. */
export const parseCidr = (
  text: string
): Either.Either<{ readonly address: Address; readonly subnet: Subnet }, string> => {
  const slash = text.indexOf("/")
  const address = slash < 0 ? undefined : parse(text.slice(0, slash))
  const length = slash < 0 ? "" : text.slice(slash + 1)
  if (address === undefined || !/^\d{1,3}$/.test(length) || Number(length) > width(address.family))
    return Either.left(`invalid CIDR address: ${text}`)
  return Either.right({ address, subnet: subnetOf(address, Number(length)) })
}

export const showSubnet = ({ base, prefix }: Subnet): string => `${show(base)}/${prefix}`

/** The last address of a subnet: in IPv4 its broadcast address. */
export const last = ({ base, prefix }: Subnet): Address => ({
  family: base.family,
  value: base.value | hostMask(base.family, prefix)
})

export const contains = (subnet: Subnet, address: Address): boolean =>
  subnet.base.family === address.family && equals(subnetOf(address, subnet.prefix).base, subnet.base)

/** True when some address lies in both. */
export const overlap = (left: Subnet, right: Subnet): boolean =>
  left.prefix <= right.prefix ? contains(left, right.base) : contains(right, left.base)

/** The mask of a prefix in network byte order. */
export const maskBytes = (family: 4 | 6, prefix: number): Uint8Array =>
  bytes({ family, value: ((1n << BigInt(width(family))) - 1n) & ~hostMask(family, prefix) })

/** The address `offset` further. */
export const plus = ({ family, value }: Address, offset: bigint): Address => ({
  family,
  value: value + offset
})
