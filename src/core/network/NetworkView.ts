import type { Life } from "./Life.js"
import type { NetworkRecord, Pool } from "./NetworkRecord.js"

/** As Go prints a map. */
const inOrder = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).sort(([left], [right]) => (left < right ? -1 : 1)))

const config = ({ subnet, gateway, ipRange, auxiliary }: Pool) => ({
  Subnet: subnet,
  ...(ipRange === undefined ? {} : { IPRange: ipRange }),
  ...(gateway === undefined ? {} : { Gateway: gateway }),
  ...(Object.keys(auxiliary).length === 0 ? {} : { AuxiliaryAddresses: inOrder(auxiliary) })
})

const member = (life: Life, network: string) =>
  life.endpoints
    .filter((endpoint) => endpoint.network === network)
    .map((endpoint) => [
      life.container,
      {
        Name: life.name,
        EndpointID: endpoint.id,
        MacAddress: endpoint.mac,
        IPv4Address: endpoint.addresses.find((text) => !text.includes(":")) ?? "",
        IPv6Address: endpoint.addresses.find((text) => text.includes(":")) ?? ""
      }
    ])

/** A network as `docker network inspect` shows it. */
export const view = (record: NetworkRecord, lives: ReadonlyArray<Life>) => ({
  Name: record.name,
  Id: record.id,
  Created: record.created,
  Scope: "local",
  Driver: record.driver,
  EnableIPv4: true,
  EnableIPv6: record.ipv6,
  IPAM: { Driver: "default", Options: {}, Config: record.pools.map(config) },
  Internal: record.internal,
  Attachable: record.attachable,
  Ingress: false,
  ConfigFrom: { Network: "" },
  ConfigOnly: false,
  Containers: Object.fromEntries(lives.flatMap((life) => member(life, record.id))),
  Options: inOrder(record.options),
  Labels: inOrder(record.labels)
})
