import type * as Address from "./Address.js"
import type { Rule, Table } from "./Nft.js"

/** Where containers ask for names, as in Docker. */
export const address: Address.Address = { family: 4, value: 0x7f00000bn }

const redirect = (protocol: "tcp" | "udp", port: number): Rule => ({
  matches: [
    { _tag: "Network", side: "destination", subnet: { base: address, prefix: 32 } },
    { _tag: "Port", protocol, first: 53, last: 53 }
  ],
  verdict: { _tag: "Dnat", address, port }
})

/**
 * The table inside a container's namespace that leads port 53 to where the resolver listens: at a port that nothing else
 * wants, so that a name server of the container's own may have 53.
 */
export const table = (ports: { readonly udp: number; readonly tcp: number }): Table => ({
  name: "kasane-resolver",
  chains: [
    {
      name: "output",
      base: { type: "nat", hook: "output", priority: -100 },
      rules: [redirect("udp", ports.udp), redirect("tcp", ports.tcp)]
    }
  ]
})
