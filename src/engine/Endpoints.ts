import * as Effect from "effect/Effect"
import * as Address from "../core/network/Address.js"
import * as Allocation from "../core/network/Allocation.js"
import * as Life from "../core/network/Life.js"
import * as MacAddress from "../core/network/MacAddress.js"
import * as NetworkName from "../core/network/NetworkName.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import { Randomness } from "../edge/host/Randomness.js"
import { Network } from "../edge/network/Network.js"
import { invalid } from "./EngineError.js"
import * as Networks from "./Networks.js"
import type { Wanted } from "./WantedNetworks.js"

/** An end in a network, with its addresses, of which nothing is made yet. */
export interface Decided {
  readonly record: NetworkRecord.NetworkRecord
  readonly endpoint: Life.Endpoint
  readonly allocated: ReadonlyArray<Allocation.Allocated>
}

/** What only networks that people made allow, in Docker's words. */
const checkAsked = ({ record, connection }: Wanted) => {
  const { ip, ip6, aliases } = connection
  const isDefault = NetworkRecord.isPredefined(record.name)
  if (isDefault && (ip !== undefined || ip6 !== undefined))
    return invalid("user specified IP address is supported on user defined networks only")
  if (isDefault && aliases.length > 0)
    return invalid("network-scoped alias is supported only for containers in user defined networks")
  if (record.automatic && (ip !== undefined || ip6 !== undefined))
    return invalid(
      "user specified IP address is supported only when connecting to networks with user configured subnets"
    )
  return Effect.void
}

/** Chooses the addresses of a container's end. Hold the networks' lock. `name` is what the container calls its link. */
export const decide = (wanted: Wanted, name: string, lives: ReadonlyArray<Life.Life>) =>
  Effect.gen(function* () {
    yield* checkAsked(wanted)
    const { connection } = wanted
    const record = yield* Networks.clearOfHost(wanted.record, lives)
    const id = yield* (yield* Randomness).id
    const used = Life.used(lives, record.id)
    const allocated = yield* Effect.forEach(record.pools, (pool) => {
      const asked = pool.subnet.includes(":") ? connection.ip6 : connection.ip
      const address = asked === undefined ? undefined : Address.parse(asked)
      return Allocation.allocate(pool, used, address, `${record.name} (${record.id})`)
    })
    const [first] = allocated
    const mac =
      connection.mac ?? (first === undefined ? "" : MacAddress.show(MacAddress.ofAddress(first.address)))
    const endpoint: Life.Endpoint = {
      id,
      network: record.id,
      networkName: record.name,
      link: NetworkName.link(id),
      interface: name,
      mac,
      addresses: allocated.map(({ address, prefix }) => `${Address.show(address)}/${prefix}`),
      gateways: record.internal ? [] : record.pools.flatMap(({ gateway }) => gateway ?? []),
      aliases: connection.aliases,
      links: connection.links
    }
    return { record, endpoint, allocated } satisfies Decided
  })

/** The gateways of an endpoint as addresses. */
export const gatewaysOf = ({ gateways }: Life.Endpoint): ReadonlyArray<Address.Address> =>
  gateways.flatMap((text) => Address.parse(text) ?? [])

/** A network's bridge with the host's addresses on it. */
const provideBridge = (record: NetworkRecord.NetworkRecord) =>
  Effect.gen(function* () {
    const addresses = record.pools.flatMap(({ subnet, gateway }) => {
      const found = Address.parseCidr(subnet)
      const address = gateway === undefined ? undefined : Address.parse(gateway)
      return found._tag === "Right" && address !== undefined
        ? [{ address, prefix: found.right.subnet.prefix }]
        : []
    })
    const network = yield* Network
    yield* network.provideBridge({ name: record.bridge, addresses, mtu: NetworkRecord.mtu(record) })
  })

/** Makes the links of an end. `isMain`: its gateways are the container's. */
export const connect = ({ record, endpoint, allocated }: Decided, pid: number, isMain: boolean) =>
  Effect.gen(function* () {
    yield* provideBridge(record)
    yield* (yield* Network).connect({
      bridge: record.bridge,
      link: endpoint.link,
      interface: endpoint.interface,
      pid,
      mac: MacAddress.parse(endpoint.mac) ?? new Uint8Array(6),
      addresses: allocated,
      gateways: isMain ? gatewaysOf(endpoint) : [],
      mtu: NetworkRecord.mtu(record)
    })
  })
