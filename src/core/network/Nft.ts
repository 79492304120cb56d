import { type Address, type Subnet, show, showSubnet, width } from "./Address.js"

/** What a packet must be for a rule to apply. */
export type Match =
  | {
      readonly _tag: "Interface"
      readonly side: "in" | "out"
      readonly name: string
      readonly negate: boolean
    }
  | { readonly _tag: "Network"; readonly side: "source" | "destination"; readonly subnet: Subnet }
  | {
      readonly _tag: "Port"
      readonly protocol: "tcp" | "udp" | "sctp"
      readonly first: number
      readonly last: number
    }
  /** It is for an address of this host. */
  | { readonly _tag: "ToThisHost" }
  /** It belongs to a conversation that was let through before. */
  | { readonly _tag: "Established" }
  /** Its destination was translated. */
  | { readonly _tag: "Translated" }

export type Verdict =
  | { readonly _tag: "Accept" }
  | { readonly _tag: "Drop" }
  | { readonly _tag: "Jump"; readonly chain: string }
  | { readonly _tag: "Masquerade" }
  /** Without a port, the packet's own stays. */
  | { readonly _tag: "Dnat"; readonly address: Address; readonly port: number | undefined }
  | { readonly _tag: "Snat"; readonly address: Address; readonly port: number | undefined }

export interface Rule {
  readonly matches: ReadonlyArray<Match>
  readonly verdict: Verdict
}

/** Where a chain meets packets. Base chains accept what no rule decides. */
export interface Hook {
  readonly type: "nat" | "filter"
  readonly hook: "prerouting" | "input" | "forward" | "output" | "postrouting"
  readonly priority: number
}

export interface Chain {
  readonly name: string
  /** Undefined: others jump to it. */
  readonly base: Hook | undefined
  readonly rules: ReadonlyArray<Rule>
}

/** A table of the `inet` family. */
export interface Table {
  readonly name: string
  readonly chains: ReadonlyArray<Chain>
}

const family = (address: Address): string => (address.family === 4 ? "ip" : "ip6")

const showMatch = (match: Match): string => {
  switch (match._tag) {
    case "Interface":
      return `${match.side === "in" ? "iifname" : "oifname"} ${match.negate ? "!= " : ""}"${match.name}"`
    case "Network": {
      const { base, prefix } = match.subnet
      const side = match.side === "source" ? "saddr" : "daddr"
      return `${family(base)} ${side} ${prefix === width(base.family) ? show(base) : showSubnet(match.subnet)}`
    }
    case "Port":
      return `${match.protocol} dport ${match.first === match.last ? match.first : `${match.first}-${match.last}`}`
    case "ToThisHost":
      return "fib daddr type local"
    case "Established":
      return "ct state established,related"
    case "Translated":
      return "ct status dnat"
  }
}

const target = ({
  address,
  port
}: {
  readonly address: Address
  readonly port: number | undefined
}): string => {
  const text = address.family === 6 && port !== undefined ? `[${show(address)}]` : show(address)
  return `${family(address)} to ${text}${port === undefined ? "" : `:${port}`}`
}

const showVerdict = (verdict: Verdict): string => {
  switch (verdict._tag) {
    case "Accept":
      return "accept"
    case "Drop":
      return "drop"
    case "Jump":
      return `jump ${verdict.chain}`
    case "Masquerade":
      return "masquerade"
    case "Dnat":
      return `dnat ${target(verdict)}`
    case "Snat":
      return `snat ${target(verdict)}`
  }
}

const priorities: Readonly<Record<string, string>> = {
  "prerouting -100": "dstnat",
  "output -100": "-100",
  "postrouting 100": "srcnat",
  "prerouting -300": "raw",
  "forward 0": "filter"
}

const showBase = ({ type, hook, priority }: Hook): string =>
  `\t\ttype ${type} hook ${hook} priority ${priorities[`${hook} ${priority}`] ?? priority}; policy accept;`

const showChain = ({ name, base, rules }: Chain): string => {
  const lines = [
    ...(base === undefined ? [] : [showBase(base)]),
    ...rules.map(
      ({ matches, verdict }) => `\t\t${[...matches.map(showMatch), showVerdict(verdict)].join(" ")}`
    )
  ]
  return `\tchain ${name} {\n${lines.map((line) => `${line}\n`).join("")}\t}\n`
}

/** The table as `nft list table` prints it. */
export const showTable = ({ name, chains }: Table): string =>
  `table inet ${name} {\n${chains.map(showChain).join("\n")}}\n`
