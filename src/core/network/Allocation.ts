import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Address from "./Address.js"
import type { Pool } from "./NetworkRecord.js"

/** An address or a subnet cannot be had; `message` is Docker's text. */
export class AllocationError extends Data.TaggedError("AllocationError")<{ readonly message: string }> {}

const fail = (message: string) => Either.left(new AllocationError({ message }))

/** Where subnets come from when nobody names one, with the size of each. Source: moby, ipamutils. */
const sources: ReadonlyArray<readonly [first: string, count: number, prefix: number]> = [
  ["172.17.0.0", 15, 16],
  ["192.168.0.0", 16, 20]
]

const candidates: ReadonlyArray<Address.Subnet> = sources.flatMap(([first, count, prefix]) => {
  const base = Address.parse(first)
  return base === undefined
    ? []
    : Array.from({ length: count }, (_, index) => ({
        base: Address.plus(base, BigInt(index) << BigInt(32 - prefix)),
        prefix
      }))
})

/** The first subnet for a new network that overlaps none of those that networks or the host's routes have. */
export const freeSubnet = (
  taken: ReadonlyArray<Address.Subnet>
): Either.Either<Address.Subnet, AllocationError> => {
  const found = candidates.find((subnet) => !taken.some((other) => Address.overlap(subnet, other)))
  return found === undefined
    ? fail(
        "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network; name one with --subnet"
      )
    : Either.right(found)
}

/**
 * An IPv6 subnet of a network's own: unique local, its 40 random bits from the network's id, so that two machines hardly
 * ever choose the same. Source: RFC 4193.
 */
export const uniqueLocalSubnet = (id: string): Address.Subnet =>
  Address.subnetOf(
    {
      family: 6,
      value: (BigInt(`0xfd${id.slice(0, 10)}`) << 80n) | (BigInt(`0x${id.slice(10, 14)}`) << 64n)
    },
    64
  )

/** A pool, read. */
interface Space {
  readonly subnet: Address.Subnet
  readonly range: Address.Subnet
  /** The host's, and what else has an owner already. */
  readonly reserved: ReadonlyArray<Address.Address>
}

const subnetOf = (text: string): Either.Either<Address.Subnet, AllocationError> =>
  Either.mapBoth(Address.parseCidr(text), {
    onLeft: (message) => new AllocationError({ message }),
    onRight: ({ subnet }) => subnet
  })

const read = (pool: Pool): Either.Either<Space, AllocationError> =>
  Either.gen(function* () {
    const subnet = yield* subnetOf(pool.subnet)
    const range = pool.ipRange === undefined ? subnet : yield* subnetOf(pool.ipRange)
    const texts = [...(pool.gateway === undefined ? [] : [pool.gateway]), ...Object.values(pool.auxiliary)]
    return { subnet, range, reserved: texts.flatMap((text) => Address.parse(text) ?? []) }
  })

/** IPv4 keeps the first address for the network itself and the last one for everybody on it. */
const isUsable = ({ subnet }: Space, address: Address.Address): boolean =>
  subnet.prefix >= Address.width(address.family) - 1 ||
  (!Address.equals(address, subnet.base) &&
    (address.family === 6 || !Address.equals(address, Address.last(subnet))))

const lowest = (space: Space, used: ReadonlySet<bigint>): Address.Address | undefined => {
  const { base } = space.range
  const end = Address.last(space.range).value
  const reserved = new Set(space.reserved.map(({ value }) => value))
  for (let value = base.value; value <= end; value++) {
    const address = { family: base.family, value }
    if (!used.has(value) && !reserved.has(value) && isUsable(space, address)) return address
  }
  return undefined
}

/** An address in a subnet. */
export interface Allocated {
  readonly address: Address.Address
  readonly prefix: number
}

/**
 * An address of a pool that nobody has: the one that is wanted, or the lowest. Never the gateway, an auxiliary address, or
 * one of `used`. `network` is how messages call it.
 */
export const allocate = (
  pool: Pool,
  used: ReadonlyArray<Address.Address>,
  wanted: Address.Address | undefined,
  network: string
): Either.Either<Allocated, AllocationError> =>
  Either.gen(function* () {
    const space = yield* read(pool)
    const { prefix, base } = space.subnet
    const taken = used.filter(({ family }) => family === base.family)
    if (wanted !== undefined) {
      if (!Address.contains(space.subnet, wanted))
        return yield* fail(
          `Invalid address ${Address.show(wanted)}: It does not belong to any of this network's subnets`
        )
      const isTaken = [...taken, ...space.reserved].some((other) => Address.equals(other, wanted))
      if (isTaken || !isUsable(space, wanted)) return yield* fail("Address already in use")
      return { address: wanted, prefix }
    }
    const found = lowest(space, new Set(taken.map(({ value }) => value)))
    if (found === undefined)
      return yield* fail(
        `no available IPv${base.family} addresses on this network's address pools: ${network}`
      )
    return { address: found, prefix }
  })

/** The address that a network's host takes when nobody names one: the first of its range. */
export const defaultGateway = (pool: Pool): Either.Either<Address.Address, AllocationError> =>
  Either.map(allocate({ ...pool, gateway: undefined }, [], undefined, pool.subnet), ({ address }) => address)
