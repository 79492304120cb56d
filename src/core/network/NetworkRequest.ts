import * as Either from "effect/Either"
import * as Address from "./Address.js"
import * as Allocation from "./Allocation.js"
import * as NetworkName from "./NetworkName.js"
import type { Pool } from "./NetworkRecord.js"

/** A network to be made, as the flags of `network create` say it. */
export interface NetworkRequest {
  readonly name: string
  readonly driver: string
  readonly subnets: ReadonlyArray<string>
  readonly gateways: ReadonlyArray<string>
  readonly ranges: ReadonlyArray<string>
  readonly auxiliary: Readonly<Record<string, string>>
  readonly internal: boolean
  readonly attachable: boolean
  readonly ipv6: boolean
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

interface Named {
  readonly text: string
  readonly subnet: Address.Subnet
}

const readSubnet = (text: string): Either.Either<Named, string> =>
  Either.flatMap(Address.parseCidr(text), ({ address, subnet }) =>
    Address.equals(address, subnet.base)
      ? Either.right({ text, subnet })
      : Either.left(`invalid subnet ${text}: it should be ${Address.showSubnet(subnet)}`)
  )

/** The values that lie in each subnet, at most one for each. Left: Docker's texts. */
const assign = (
  subnets: ReadonlyArray<Named>,
  values: ReadonlyArray<string>,
  what: "gateway" | "range",
  read: (text: string) => Address.Address | undefined
): Either.Either<ReadonlyMap<string, string>, string> => {
  const found = new Map<string, string>()
  for (const value of values) {
    const address = read(value)
    const owner = subnets.find(({ subnet }) => address !== undefined && Address.contains(subnet, address))
    if (owner === undefined) return Either.left(`no matching subnet for ${what} ${value}`)
    const before = found.get(owner.text)
    if (before !== undefined)
      return Either.left(
        `cannot configure multiple ${what}s (${value}, ${before}) on the same subnet (${owner.text})`
      )
    found.set(owner.text, value)
  }
  return Either.right(found)
}

/** The pools that the flags name; none where the engine is to choose. Source: docker/cli, createIPAMConfig. */
export const pools = ({
  subnets: texts,
  gateways,
  ranges,
  auxiliary
}: Pick<NetworkRequest, "subnets" | "gateways" | "ranges" | "auxiliary">): Either.Either<
  ReadonlyArray<Pool>,
  string
> =>
  Either.gen(function* () {
    if (texts.length < ranges.length || texts.length < gateways.length)
      return yield* Either.left("every ip-range or gateway must have a corresponding subnet")
    const subnets = yield* Either.all(texts.map(readSubnet))
    for (const [index, { subnet }] of subnets.entries())
      if (subnets.slice(index + 1).some((other) => Address.overlap(subnet, other.subnet)))
        return yield* Either.left("multiple overlapping subnet configuration is not supported")
    const rangeOf = yield* assign(subnets, ranges, "range", (text) => {
      const found = Address.parseCidr(text)
      return found._tag === "Right" ? found.right.subnet.base : undefined
    })
    const gatewayOf = yield* assign(subnets, gateways, "gateway", Address.parse)
    const others = new Map<string, Record<string, string>>()
    for (const [name, text] of Object.entries(auxiliary)) {
      const address = Address.parse(text)
      const owner = subnets.find(({ subnet }) => address !== undefined && Address.contains(subnet, address))
      if (owner === undefined) return yield* Either.left(`no matching subnet for aux-address ${text}`)
      others.set(owner.text, { ...others.get(owner.text), [name]: text })
    }
    return subnets.map(({ text }): Pool => {
      const [ipRange, gateway] = [rangeOf.get(text), gatewayOf.get(text)]
      return {
        subnet: text,
        auxiliary: others.get(text) ?? {},
        ...(ipRange === undefined ? {} : { ipRange }),
        ...(gateway === undefined ? {} : { gateway })
      }
    })
  })

/** A pool whose host has an address in it. */
export const withGateway = (pool: Pool): Either.Either<Pool, Allocation.AllocationError> =>
  pool.gateway !== undefined
    ? Either.right(pool)
    : Either.map(Allocation.defaultGateway(pool), (gateway) => ({ ...pool, gateway: Address.show(gateway) }))

/** What is wrong with a request before anything is looked up; Docker's texts. */
export const fault = ({ name, driver }: NetworkRequest): string | undefined => {
  if (driver === "host" || driver === "null") return `only one instance of "${driver}" network is allowed`
  return driver === "bridge"
    ? NetworkName.fault(name)
    : `could not find plugin ${driver} in v2 plugin registry: plugin "${driver}" not found`
}
