import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Address from "../../../src/core/network/Address.js"
import * as Firewall from "../../../src/core/network/Firewall.js"
import * as MacAddress from "../../../src/core/network/MacAddress.js"
import * as Nft from "../../../src/core/network/Nft.js"
import { within } from "../../../src/edge/linux/NetworkNamespace.js"
import type { Network } from "../../../src/edge/network/Network.js"
import type { NetworkError } from "../../../src/edge/network/NetworkError.js"
import * as NetworkLinux from "../../../src/edge/network/NetworkLinux.js"
import * as NetworkNamespace from "../../support/NetworkNamespace.js"

const address = (text: string): Address.Address => {
  const found = Address.parse(text)
  if (found === undefined) throw new Error(text)
  return found
}
const subnet = (text: string): Address.Subnet => {
  const [base = "", prefix = ""] = text.split("/")
  return Address.subnetOf(address(base), Number(prefix))
}

const walls: Firewall.Walls = {
  table: "kasane-test",
  networks: [
    {
      bridge: "kasane0",
      subnets: [subnet("172.30.0.0/16")],
      internal: false,
      masquerade: true,
      betweenContainers: true
    },
    {
      bridge: "kn-0123456789ab",
      subnets: [subnet("10.1.2.128/27"), subnet("fd00:1:2::/64")],
      internal: false,
      masquerade: true,
      betweenContainers: false
    },
    {
      bridge: "kn-inner",
      subnets: [subnet("10.9.0.0/20")],
      internal: true,
      masquerade: true,
      betweenContainers: true
    }
  ],
  published: [
    { protocol: "tcp", hostAddress: undefined, hostPort: 8080, address: address("172.30.0.2"), port: 80 },
    {
      protocol: "udp",
      hostAddress: address("127.0.0.1"),
      hostPort: 53,
      address: address("172.30.0.2"),
      port: 53
    },
    { protocol: "tcp", hostAddress: undefined, hostPort: 7000, address: address("172.30.0.3"), port: 7000 },
    { protocol: "tcp", hostAddress: undefined, hostPort: 7001, address: address("172.30.0.3"), port: 7001 },
    {
      protocol: "tcp",
      hostAddress: address("fd00::1"),
      hostPort: 8080,
      address: address("fd00:1:2::2"),
      port: 80
    }
  ]
}

describe.skipIf(!NetworkNamespace.available)("the kernel's network", () => {
  let host: NetworkNamespace.NetworkNamespace
  let container: NetworkNamespace.NetworkNamespace
  beforeAll(async () => {
    host = await NetworkNamespace.create()
    container = await NetworkNamespace.create()
  })
  afterAll(() => {
    host.remove()
    container.remove()
  })

  /** On the host's side: every call is made without waiting, so the thread may be there meanwhile. */
  const there = <A>(work: (network: Network["Type"]) => Effect.Effect<A, NetworkError>): A =>
    within(host.path, () => Effect.runSync(work(NetworkLinux.service)))

  it("has the firewall that nft lists in our own words, and none when nothing needs it", () => {
    there((network) => network.wall(walls))
    const told = host.run("nft", "list", "table", "inet", "kasane-test")
    const withoutComment = told.replace(/\tcomment "[0-9a-f]{32}"\n\n?/, "")
    expect(withoutComment).toBe(Nft.showTable(Firewall.table(walls)))
    const handles = () => host.run("nft", "-a", "list", "table", "inet", "kasane-test")
    const before = handles()
    there((network) => network.wall(walls))
    expect(handles()).toBe(before)
    there((network) => network.wall({ ...walls, networks: [], published: [] }))
    there((network) => network.wall({ ...walls, networks: [], published: [] }))
    expect(host.run("nft", "list", "tables")).toBe("")
  })

  it("has bridges and links with the addresses and routes that were asked for, and none after", () => {
    const bridge = { name: "kt0", addresses: [{ address: address("10.77.0.1"), prefix: 16 }], mtu: 1400 }
    there((network) => network.provideBridge(bridge))
    there((network) => network.provideBridge(bridge))
    there((network) =>
      network.connect({
        bridge: "kt0",
        link: "kv0",
        interface: "eth0",
        pid: container.pid,
        mac: MacAddress.ofAddress(address("10.77.0.9")),
        addresses: [{ address: address("10.77.0.9"), prefix: 16 }],
        gateways: [address("10.77.0.1")],
        mtu: 1400
      })
    )
    expect(host.run("ip", "-br", "-4", "address", "show", "kt0")).toContain("10.77.0.1/16")
    expect(host.run("ip", "-6", "address", "show", "kt0")).toBe("")
    expect(container.run("ip", "-4", "-o", "address", "show", "eth0")).toContain(
      "10.77.0.9/16 brd 10.77.255.255"
    )
    expect(container.run("ip", "link", "show", "eth0")).toMatch(/mtu 1400.*\n.*02:42:0a:4d:00:09/)
    expect(container.run("ip", "route").replace(/ +\n/g, "\n")).toBe(
      "default via 10.77.0.1 dev eth0\n10.77.0.0/16 dev eth0 proto kernel scope link src 10.77.0.9\n"
    )
    expect(container.run("ip", "-6", "address", "show", "eth0")).toBe("")
    expect(there((network) => network.routedBut("")).map(Address.showSubnet)).toContain("10.77.0.0/16")
    there((network) => network.disconnect(["kv0", "kv0"]))
    there((network) => network.removeBridge("kt0"))
    there((network) => network.removeBridge("kt0"))
    expect(host.run("ip", "-br", "link", "show", "type", "bridge")).toBe("")
    expect(container.run("ip", "-br", "link", "show", "type", "veth")).toBe("")
  })

  it("says what is missing where a bridge is not there", () => {
    expect(() =>
      there((network) =>
        network.connect({
          bridge: "nothere",
          link: "kv1",
          interface: "eth0",
          pid: container.pid,
          mac: MacAddress.ofAddress(address("10.77.0.9")),
          addresses: [],
          gateways: [],
          mtu: 1500
        })
      )
    ).toThrow(/cannot connect process \d+ to nothere: ENODEV/)
  })
})
