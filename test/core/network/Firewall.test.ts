import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Address from "../../../src/core/network/Address.js"
import * as Firewall from "../../../src/core/network/Firewall.js"
import * as Netlink from "../../../src/core/network/Netlink.js"
import type { Match, Table } from "../../../src/core/network/Nft.js"
import * as NftBatch from "../../../src/core/network/NftBatch.js"

/** A packet on its way through the host. */
interface Packet {
  readonly in: string
  readonly out: string
  readonly established: boolean
  readonly translated: boolean
}

const meets = (match: Match, packet: Packet): boolean => {
  switch (match._tag) {
    case "Interface":
      return (packet[match.side] === match.name) !== match.negate
    case "Established":
      return packet.established
    case "Translated":
      return packet.translated
    default:
      throw new Error(`the forward chain does not look at ${match._tag}`)
  }
}

/** What the forward chain does with a packet. */
const forward = (table: Table, packet: Packet): string => {
  const rules = table.chains.find(({ name }) => name === "forward")?.rules ?? []
  return rules.find(({ matches }) => matches.every((one) => meets(one, packet)))?.verdict._tag ?? "Accept"
}

const network = FastCheck.record({
  internal: FastCheck.boolean(),
  masquerade: FastCheck.boolean(),
  betweenContainers: FastCheck.boolean()
})
const networks = FastCheck.array(network, { minLength: 1, maxLength: 5 }).map((all) =>
  all.map(
    (one, index): Firewall.WalledNetwork => ({
      ...one,
      bridge: `kn-${index}`,
      subnets: [Address.subnetOf({ family: 4, value: (10n << 24n) + (BigInt(index) << 16n) }, 16)]
    })
  )
)
const fresh = { established: false, translated: false }

describe("the firewall", () => {
  it.prop(
    "keeps networks apart, lets containers out, and nobody in but by a published port",
    [networks],
    ([all]) => {
      const table = Firewall.table({ table: "t", networks: all, published: [] })
      for (const one of all) {
        const { bridge, internal, betweenContainers } = one
        expect(forward(table, { in: bridge, out: bridge, ...fresh })).toBe(
          betweenContainers ? "Accept" : "Drop"
        )
        expect(forward(table, { in: bridge, out: "eth0", ...fresh })).toBe(internal ? "Drop" : "Accept")
        expect(forward(table, { in: "eth0", out: bridge, ...fresh })).toBe("Drop")
        expect(forward(table, { in: "eth0", out: bridge, established: false, translated: true })).toBe(
          internal ? "Drop" : "Accept"
        )
        expect(forward(table, { in: "eth0", out: bridge, established: true, translated: false })).toBe(
          "Accept"
        )
        for (const other of all)
          if (other !== one) expect(forward(table, { in: bridge, out: other.bridge, ...fresh })).toBe("Drop")
      }
      // What is not about containers is not decided here.
      expect(forward(table, { in: "eth0", out: "eth1", ...fresh })).toBe("Accept")
    }
  )

  it.prop(
    "is one transaction that begins with an empty table, and asks for one answer",
    [networks],
    ([all]) => {
      const table = Firewall.table({ table: "t", networks: all, published: [] })
      const messages = NftBatch.replace(table, "note")
      const types = messages.map(({ type }) => type & 0xff)
      const rules = table.chains.reduce((sum, { rules: some }) => sum + some.length, 0)
      expect(types.slice(0, 4)).toEqual([16, 0, 2, 0])
      expect(types.at(-1)).toBe(17)
      expect(types.filter((type) => type === 3).length).toBe(table.chains.length)
      expect(types.filter((type) => type === 6).length).toBe(rules)
      expect(messages.filter(({ flags }) => (flags & Netlink.flag.ack) !== 0).length).toBe(1)
    }
  )
})
