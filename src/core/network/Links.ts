import { type Address, bytes, last, ofBytes, type Subnet, subnetOf } from "./Address.js"
import { concat, cString, ofCString, u8, u16, u32 } from "./Bytes.js"
import * as Netlink from "./Netlink.js"

/** RTM_*. Source: linux/rtnetlink.h. */
const rtm = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  newAddress: 20,
  getAddress: 22,
  newRoute: 24,
  getRoute: 26
} as const

/** IFLA_* and those inside IFLA_LINKINFO. Source: linux/if_link.h. */
const ifla = { address: 1, name: 3, mtu: 4, master: 10, linkInfo: 18, netNsPid: 19, afSpec: 26 } as const
const linkInfo = { kind: 1, data: 2 } as const
const vethPeer = 1

const AF_UNSPEC = 0
const AF_INET = 2
const AF_INET6 = 10
const IFF_UP = 1

const family = (address: Address): number => (address.family === 4 ? AF_INET : AF_INET6)

const attribute = (type: number, value: Netlink.Attribute["value"]): Netlink.Attribute => ({ type, value })

/** struct ifinfomsg: which link, and whether it is to be up. */
const linkHeader = (index: number, up: boolean): Uint8Array =>
  concat(u8(AF_UNSPEC, 0), u16(0), u32(index), u32(up ? IFF_UP : 0), u32(up ? IFF_UP : 0))

const makes = Netlink.flag.request | Netlink.flag.ack | Netlink.flag.create | Netlink.flag.exclusive
const changes = Netlink.flag.request | Netlink.flag.ack

/** No link-local address by itself: a link without IPv6 has none at all, one with IPv6 has those that it is given. */
const withoutLinkLocal = attribute(ifla.afSpec, [attribute(AF_INET6, [attribute(8, u8(1))])])

/**
 * IPV4_DEVCONF_ROUTE_LOCALNET: 127.0.0.0/8 may be routed over this link, so that what is published can be reached by the host's
 * loopback address. The firewall drops what comes from the link to such an address. Source: linux/ip.h, CVE-2020-8558.
 */
const routesLoopback = attribute(ifla.afSpec, [attribute(AF_INET, [attribute(1, [attribute(26, u32(1))])])])

/** A bridge, still down. */
export const makeBridge = (name: string, mac: Uint8Array | undefined, mtu: number): Netlink.Message => ({
  type: rtm.newLink,
  flags: makes,
  body: linkHeader(0, false),
  attributes: [
    attribute(ifla.name, cString(name)),
    attribute(ifla.mtu, u32(mtu)),
    ...(mac === undefined ? [] : [attribute(ifla.address, mac)]),
    attribute(ifla.linkInfo, [attribute(linkInfo.kind, cString("bridge"))])
  ]
})

const change = (
  index: number,
  up: boolean,
  ...attributes: ReadonlyArray<Netlink.Attribute>
): Netlink.Message => ({
  type: rtm.newLink,
  flags: changes,
  body: linkHeader(index, up),
  attributes
})

/** Brings a link up. */
export const setUp = (index: number): Netlink.Message => change(index, true)

/** Brings a link up that has no IPv6 address but those that it is given. */
export const setUpQuietly = (index: number): ReadonlyArray<Netlink.Message> => [
  change(index, false, withoutLinkLocal),
  setUp(index)
]

/**
 * Brings a port of a bridge up. Frames may leave it by where they came in: with the kernel's bridge netfilter, what a
 * container sends to its own published port takes that way.
 */
export const setUpPort = (index: number): ReadonlyArray<Netlink.Message> => [
  // IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA of IFLA_BRPORT_MODE
  change(
    index,
    false,
    attribute(ifla.linkInfo, [attribute(4, cString("bridge")), attribute(5, [attribute(4, u8(1))])])
  ),
  ...setUpQuietly(index)
]

/** What a bridge needs once it exists. */
export const settleBridge = (index: number): ReadonlyArray<Netlink.Message> => [
  change(index, false, routesLoopback),
  ...setUpQuietly(index)
]

/** A pair of connected links. */
export interface Pair {
  /** On the host, and the bridge that it is a port of. */
  readonly host: string
  readonly bridge: number
  /** In the network namespace of a process. */
  readonly inside: string
  readonly pid: number
  readonly mac: Uint8Array
  /** Bytes. */
  readonly mtu: number
}

/** Makes both ends at once; each vanishes with the other, and with the namespace that it is in. */
export const makePair = (pair: Pair): Netlink.Message => ({
  type: rtm.newLink,
  flags: makes,
  body: linkHeader(0, true),
  attributes: [
    attribute(ifla.name, cString(pair.host)),
    attribute(ifla.mtu, u32(pair.mtu)),
    attribute(ifla.master, u32(pair.bridge)),
    attribute(ifla.linkInfo, [
      attribute(linkInfo.kind, cString("veth")),
      attribute(linkInfo.data, [
        attribute(
          vethPeer,
          concat(
            linkHeader(0, false),
            Netlink.encodeAttributes([
              attribute(ifla.name, cString(pair.inside)),
              attribute(ifla.mtu, u32(pair.mtu)),
              attribute(ifla.address, pair.mac),
              attribute(ifla.netNsPid, u32(pair.pid))
            ])
          )
        )
      ])
    ])
  ]
})

/** Deletes a link by name. */
export const remove = (name: string): Netlink.Message => ({
  type: rtm.deleteLink,
  flags: changes,
  body: linkHeader(0, false),
  attributes: [attribute(ifla.name, cString(name))]
})

/** Asks for a link by name. */
export const find = (name: string): Netlink.Message => ({
  type: rtm.getLink,
  flags: Netlink.flag.request,
  body: linkHeader(0, false),
  attributes: [attribute(ifla.name, cString(name))]
})

/** A link as the kernel tells of it. */
export interface Link {
  readonly index: number
  readonly name: string
  readonly up: boolean
}

/** Reads the answer to {@link find}. */
export const readLink = ({ type, payload }: Netlink.Received): Link | undefined => {
  if (type !== rtm.newLink || payload.length < 16) return undefined
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const name = Netlink.bytesOf(Netlink.decodeAttributes(payload.subarray(16)), ifla.name)
  return {
    index: view.getUint32(4, true),
    name: name === undefined ? "" : ofCString(name),
    up: (view.getUint32(8, true) & IFF_UP) !== 0
  }
}

/** IFA_F_NODAD: an address that we gave out ourselves needs no search for a duplicate. */
const withoutDuplicateSearch = 0x02

/** Gives a link an address and, by it, the route to its subnet. */
export const addAddress = (index: number, address: Address, prefix: number): Netlink.Message => {
  const broadcast = last(subnetOf(address, prefix))
  return {
    type: rtm.newAddress,
    flags: Netlink.flag.request | Netlink.flag.ack | Netlink.flag.create | Netlink.flag.replace,
    body: concat(
      u8(family(address), prefix, address.family === 6 ? withoutDuplicateSearch : 0, 0),
      u32(index)
    ),
    attributes: [
      // IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST
      attribute(2, bytes(address)),
      attribute(1, bytes(address)),
      ...(address.family === 4 && prefix < 31 ? [attribute(4, bytes(broadcast))] : [])
    ]
  }
}

/** The route for everything else, over a gateway. */
export const addDefaultRoute = (index: number, gateway: Address): Netlink.Message => ({
  type: rtm.newRoute,
  flags: Netlink.flag.request | Netlink.flag.ack | Netlink.flag.create | Netlink.flag.replace,
  // family, destination and source lengths, tos, table MAIN, protocol BOOT, scope UNIVERSE, type UNICAST, flags
  body: concat(u8(family(gateway), 0, 0, 0, 254, 3, 0, 1), u32(0)),
  attributes: [
    // RTA_GATEWAY, RTA_OIF
    attribute(5, bytes(gateway)),
    attribute(4, u32(index))
  ]
})

/** Takes the default route of a family away. */
export const removeDefaultRoute = (addressFamily: 4 | 6): Netlink.Message => ({
  type: 25,
  flags: Netlink.flag.request | Netlink.flag.ack,
  body: concat(u8(addressFamily === 4 ? AF_INET : AF_INET6, 0, 0, 0, 254, 0, 0, 0), u32(0)),
  attributes: []
})

/** Asks for every route of a family. */
export const listRoutes = (addressFamily: 4 | 6): Netlink.Message => ({
  type: rtm.getRoute,
  flags: Netlink.flag.request | Netlink.flag.dump,
  body: concat(u8(addressFamily === 4 ? AF_INET : AF_INET6, 0, 0, 0, 0, 0, 0, 0), u32(0)),
  attributes: []
})

/** A route to a subnet over a link. */
export interface Route {
  readonly subnet: Subnet
  readonly link: number | undefined
}

/** Reads a route of the answer to {@link listRoutes} that people made or addresses brought; undefined for the default one. */
export const readRoute = ({ type, payload }: Netlink.Received): Route | undefined => {
  if (type !== rtm.newRoute || payload.length < 12) return undefined
  const attributes = Netlink.decodeAttributes(payload.subarray(12))
  // RTA_DST, RTA_OIF; only the main table (254): the local one has the host's own addresses.
  const destination = Netlink.bytesOf(attributes, 1)
  const link = Netlink.bytesOf(attributes, 4)
  const address = destination === undefined ? undefined : ofBytes(destination)
  const isUnicast = payload[7] === 1
  if (address === undefined || payload[4] !== 254 || !isUnicast) return undefined
  return {
    subnet: subnetOf(address, payload[1] ?? 0),
    link: link === undefined ? undefined : new DataView(link.buffer, link.byteOffset).getUint32(0, true)
  }
}
