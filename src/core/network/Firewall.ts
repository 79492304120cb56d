import type { Address, Subnet } from "./Address.js"
import type { Chain, Match, Rule, Table } from "./Nft.js"

/** A network as the firewall sees it. */
export interface WalledNetwork {
  /** The name of its bridge. */
  readonly bridge: string
  readonly subnets: ReadonlyArray<Subnet>
  /** No way in or out but through the host itself. */
  readonly internal: boolean
  /** Hide its addresses behind the host's (off: somebody routes to them). */
  readonly masquerade: boolean
  /** Its containers may talk to each other. */
  readonly betweenContainers: boolean
}

/** A port of the host that leads to a container. */
export interface PublishedPort {
  readonly protocol: "tcp" | "udp" | "sctp"
  /** Undefined: any address of the host. */
  readonly hostAddress: Address | undefined
  readonly hostPort: number
  readonly address: Address
  readonly port: number
}

/** Everything that the firewall of one store is a function of. */
export interface Walls {
  readonly table: string
  readonly networks: ReadonlyArray<WalledNetwork>
  readonly published: ReadonlyArray<PublishedPort>
}

const from = (name: string): Match => ({ _tag: "Interface", side: "in", name, negate: false })
const to = (name: string): Match => ({ _tag: "Interface", side: "out", name, negate: false })
const notTo = (name: string): Match => ({ _tag: "Interface", side: "out", name, negate: true })
const source = (subnet: Subnet): Match => ({ _tag: "Network", side: "source", subnet })
const destination = (subnet: Subnet): Match => ({ _tag: "Network", side: "destination", subnet })
const translated: Match = { _tag: "Translated" }

const loopback: Subnet = { base: { family: 4, value: 0x7f000000n }, prefix: 8 }

const one = (address: Address): Subnet => ({ base: address, prefix: address.family === 4 ? 32 : 128 })

/** A run of ports that keep their numbers is one rule. */
interface Run extends PublishedPort {
  readonly count: number
}

const runs = (ports: ReadonlyArray<PublishedPort>): ReadonlyArray<Run> => {
  const found: Array<Run> = []
  for (const port of ports) {
    const before = found.at(-1)
    const continues =
      before !== undefined &&
      port.hostPort === port.port &&
      before.hostPort === before.port &&
      port.hostPort === before.hostPort + before.count &&
      port.protocol === before.protocol &&
      port.address.value === before.address.value &&
      port.address.family === before.address.family &&
      port.hostAddress?.value === before.hostAddress?.value &&
      port.hostAddress?.family === before.hostAddress?.family
    if (continues) found[found.length - 1] = { ...before, count: before.count + 1 }
    else found.push({ ...port, count: 1 })
  }
  return found
}

const publish = (run: Run): Rule => ({
  matches: [
    ...(run.hostAddress === undefined ? [] : [destination(one(run.hostAddress))]),
    { _tag: "Port", protocol: run.protocol, first: run.hostPort, last: run.hostPort + run.count - 1 }
  ],
  verdict: { _tag: "Dnat", address: run.address, port: run.count > 1 ? undefined : run.port }
})

const leaving = (network: WalledNetwork): ReadonlyArray<Rule> => [
  ...(network.masquerade && !network.internal
    ? network.subnets.map(
        (subnet): Rule => ({
          matches: [source(subnet), notTo(network.bridge)],
          verdict: { _tag: "Masquerade" }
        })
      )
    : []),
  // Answers to what a container reached by the host's address must come back the same way.
  ...network.subnets.map(
    (subnet): Rule => ({
      matches: [source(subnet), to(network.bridge), translated],
      verdict: { _tag: "Masquerade" }
    })
  ),
  { matches: [source(loopback), to(network.bridge)], verdict: { _tag: "Masquerade" } }
]

/** Where packets may go between networks, from the first rule that fits. */
const forwarding = (networks: ReadonlyArray<WalledNetwork>): ReadonlyArray<Rule> => [
  { matches: [{ _tag: "Established" }], verdict: { _tag: "Accept" } },
  ...networks.map(
    ({ bridge, betweenContainers }): Rule => ({
      matches: [from(bridge), to(bridge)],
      verdict: { _tag: betweenContainers ? "Accept" : "Drop" }
    })
  ),
  ...networks
    .filter(({ internal }) => internal)
    .map(({ bridge }): Rule => ({ matches: [from(bridge)], verdict: { _tag: "Drop" } })),
  ...networks
    .filter(({ internal }) => !internal)
    .map(({ bridge }): Rule => ({ matches: [translated, to(bridge)], verdict: { _tag: "Accept" } })),
  // Nobody else begins a conversation with a container: not another network, not a neighbour of the host.
  ...networks.map(({ bridge }): Rule => ({ matches: [to(bridge)], verdict: { _tag: "Drop" } }))
]

/**
 * The firewall: one table of our own, whole, a pure function of what exists. Other tables are not looked at: what they drop
 * stays dropped.
 */
export const table = ({ table: name, networks, published }: Walls): Table => {
  const local: Match = { _tag: "ToThisHost" }
  const jump: Rule = { matches: [local], verdict: { _tag: "Jump", chain: "published" } }
  const chains: ReadonlyArray<Chain> = [
    { name: "published", base: undefined, rules: runs(published).map(publish) },
    { name: "prerouting", base: { type: "nat", hook: "prerouting", priority: -100 }, rules: [jump] },
    { name: "output", base: { type: "nat", hook: "output", priority: -100 }, rules: [jump] },
    {
      name: "postrouting",
      base: { type: "nat", hook: "postrouting", priority: 100 },
      rules: networks.flatMap(leaving)
    },
    {
      name: "spoofed",
      base: { type: "filter", hook: "prerouting", priority: -300 },
      // A bridge that may route loopback addresses must not let containers use them.
      rules: networks.map(({ bridge }) => ({
        matches: [from(bridge), destination(loopback)],
        verdict: { _tag: "Drop" }
      }))
    },
    {
      name: "forward",
      base: { type: "filter", hook: "forward", priority: 0 },
      rules: forwarding(networks)
    }
  ]
  return { name, chains }
}
