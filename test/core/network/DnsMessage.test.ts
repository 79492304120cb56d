import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Address from "../../../src/core/network/Address.js"
import * as DnsMessage from "../../../src/core/network/DnsMessage.js"
import type { Endpoint, Life } from "../../../src/core/network/Life.js"
import * as Names from "../../../src/core/network/Names.js"

/** A query as a resolver of the C library writes it. */
const query = (name: string, type: number, id = 0x1234): Uint8Array =>
  Uint8Array.from([
    id >> 8,
    id & 255,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    ...name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]),
    0,
    0,
    type,
    0,
    1
  ])

const label = FastCheck.stringMatching(/^[a-zA-Z0-9-]{1,20}$/)
const name = FastCheck.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."))

describe("name queries", () => {
  it.prop(
    "read as they were asked, in lower case",
    [name, FastCheck.integer({ min: 0, max: 0xffff })],
    ([asked, id]) => {
      expect(DnsMessage.parseQuery(query(asked, 28, id))).toMatchObject({
        id,
        question: { name: asked.toLowerCase(), type: 28, class: 1 }
      })
    }
  )
  it.prop(
    "are refused, never misread, when they are cut or are noise",
    [name, FastCheck.nat(), FastCheck.uint8Array({ maxLength: 80 })],
    ([asked, cut, noise]) => {
      const whole = query(asked, 1)
      expect(DnsMessage.parseQuery(whole.subarray(0, cut % whole.length))).toBeUndefined()
      const read = DnsMessage.parseQuery(noise)
      if (read !== undefined) expect(read.end).toBeLessThanOrEqual(noise.length)
    }
  )
  it.prop(
    "are answered with the question, and an address at its name",
    [name, FastCheck.integer({ min: 0, max: 0xffffffff })],
    ([asked, value]) => {
      const message = query(asked, 1)
      const parsed = DnsMessage.parseQuery(message)
      if (parsed === undefined) throw new Error("not read")
      const address: Address.Address = { family: 4, value: BigInt(value) }
      const response = DnsMessage.respond(message, parsed, DnsMessage.code.noError, [
        { _tag: "Address", address }
      ])
      expect([...response.subarray(0, 12)]).toEqual([0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0])
      expect([...response.subarray(12, message.length)]).toEqual([...message.subarray(12)])
      expect([...response.subarray(message.length)]).toEqual([
        0xc0,
        12,
        0,
        1,
        0,
        1,
        0,
        0,
        2,
        88,
        0,
        4,
        ...Address.bytes(address)
      ])
    }
  )
  it("tell which address a reverse name means", () => {
    const back = (text: string) => {
      const found = DnsMessage.reversed(text)
      return found && Address.show(found)
    }
    expect(back("2.0.17.172.in-addr.arpa")).toBe("172.17.0.2")
    expect(back(`2.${"0.".repeat(27)}d.f.0.0.ip6.arpa`.replace("d.f.0.0", "0.0.d.f"))).toBe("fd00::2")
    expect(back("web")).toBeUndefined()
  })
})

const endpoint = (network: string, address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  id: "e",
  network,
  networkName: network,
  link: "l",
  interface: "eth0",
  mac: "",
  addresses: [`${address}/16`],
  gateways: [],
  aliases: [],
  links: [],
  ...more
})
const life = (container: string, name_: string, endpoints: ReadonlyArray<Endpoint>): Life => ({
  container: container.repeat(64),
  name: name_,
  hostname: name_,
  process: { bootId: "b", pid: 1, startTicks: "1" },
  endpoints,
  published: []
})

describe("names of containers", () => {
  const lives = [
    life("a", "web", [endpoint("one", "10.1.0.2", { aliases: ["www"] }), endpoint("two", "10.2.0.2")]),
    life("b", "db", [endpoint("two", "10.2.0.3", { aliases: ["www"], links: ["web:front"] })]),
    life("c", "lone", [endpoint("bridge", "172.17.0.2")]),
    life("d", "other", [endpoint("bridge", "172.17.0.3")])
  ]
  const ask = (self: string, asked: string, type = 1) => {
    const known = Names.lookUp(lives, self.repeat(64), { name: asked, type, class: 1 })
    return known._tag === "Unknown"
      ? "unknown"
      : known.answers.map((one) => (one._tag === "Address" ? Address.show(one.address) : one.name))
  }
  it("are found on the networks that both are in, and nowhere else", () => {
    expect(ask("b", "web")).toEqual(["10.2.0.2"])
    expect(ask("a", "db")).toEqual(["10.2.0.3"])
    expect(ask("b", "web.one")).toBe("unknown")
    expect(ask("b", "web.two")).toEqual(["10.2.0.2"])
    expect(ask("b", "aaaaaaaaaaaa")).toEqual(["10.2.0.2"])
    expect(ask("b", "front")).toEqual(["10.2.0.2"])
    expect(ask("a", "front")).toBe("unknown")
    expect(ask("a", "www")).toEqual(["10.1.0.2", "10.2.0.3"])
    expect(ask("c", "other")).toBe("unknown")
    expect(ask("c", "web")).toBe("unknown")
  })
  it("are known to have no address of the other family, and have names by address", () => {
    expect(ask("b", "web", 28)).toEqual([])
    expect(ask("b", "2.0.2.10.in-addr.arpa", 12)).toEqual(["web.two"])
    expect(ask("b", "2.0.1.10.in-addr.arpa", 12)).toBe("unknown")
  })
})
