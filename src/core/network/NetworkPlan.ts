import * as Address from "./Address.js"
import type { PublishedPort, WalledNetwork, Walls } from "./Firewall.js"
import * as Life from "./Life.js"
import * as NetworkRecord from "./NetworkRecord.js"

const subnets = ({ pools }: NetworkRecord.NetworkRecord): ReadonlyArray<Address.Subnet> =>
  pools.flatMap(({ subnet }) => {
    const found = Address.parseCidr(subnet)
    return found._tag === "Right" ? [found.right.subnet] : []
  })

const walled = (record: NetworkRecord.NetworkRecord): WalledNetwork => ({
  bridge: record.bridge,
  subnets: subnets(record),
  internal: record.internal,
  masquerade: NetworkRecord.masquerades(record),
  betweenContainers: NetworkRecord.connectsContainers(record)
})

/** The endpoint that a container's default route and its published ports use: the first that leads out. */
export const mainEndpoint = (
  endpoints: ReadonlyArray<Life.Endpoint>,
  networks: ReadonlyArray<NetworkRecord.NetworkRecord>
): Life.Endpoint | undefined => {
  const internal = new Set(networks.filter((network) => network.internal).map(({ id }) => id))
  return endpoints.find(({ network }) => !internal.has(network))
}

const publishedOf = (
  life: Life.Life,
  networks: ReadonlyArray<NetworkRecord.NetworkRecord>
): ReadonlyArray<PublishedPort> => {
  const endpoint = mainEndpoint(life.endpoints, networks)
  const inside = endpoint === undefined ? [] : Life.addressesOf(endpoint)
  return life.published.flatMap(({ protocol, hostAddress, hostPort, port }) => {
    const host = Address.parse(hostAddress)
    const address = inside.find(({ family }) => family === host?.family)
    if (host === undefined || address === undefined) return []
    return [{ protocol, hostAddress: host.value === 0n ? undefined : host, hostPort, address, port }]
  })
}

/** The firewall of a store: of the networks that have a bridge, and of the containers that live. */
export const walls = (
  table: string,
  networks: ReadonlyArray<NetworkRecord.NetworkRecord>,
  lives: ReadonlyArray<Life.Life>
): Walls => {
  const inUse = new Set(lives.flatMap(({ endpoints }) => endpoints.map(({ network }) => network)))
  const bridges = networks.filter(({ id, bridge }) => bridge !== "" && inUse.has(id))
  return {
    table,
    networks: [...bridges].sort((left, right) => (left.id < right.id ? -1 : 1)).map(walled),
    published: lives.flatMap((life) => publishedOf(life, networks))
  }
}
