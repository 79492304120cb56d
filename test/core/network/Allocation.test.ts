import { it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Address from "../../../src/core/network/Address.js"
import * as Allocation from "../../../src/core/network/Allocation.js"

const address = (text: string): Address.Address => Address.parse(text) ?? { family: 4, value: -1n }

const pool = FastCheck.record({
  base: FastCheck.integer({ min: 0, max: 255 }),
  prefix: FastCheck.integer({ min: 26, max: 31 })
}).map(({ base, prefix }) => ({
  subnet: Address.showSubnet(Address.subnetOf(address(`10.0.0.${base}`), prefix)),
  auxiliary: {}
}))

describe("address pools", () => {
  it.prop("give every address once, and then say that there is none", [pool], ([one]) => {
    const gateway = Either.getOrThrow(Allocation.defaultGateway(one))
    const withGateway = { ...one, gateway: Address.show(gateway) }
    const subnet = Either.getOrThrow(Address.parseCidr(one.subnet)).subnet
    const given: Array<Address.Address> = []
    for (;;) {
      const next = Allocation.allocate(withGateway, given, undefined, "n (id)")
      if (Either.isLeft(next)) {
        expect(next.left.message).toBe("no available IPv4 addresses on this network's address pools: n (id)")
        break
      }
      expect(Address.contains(subnet, next.right.address)).toBe(true)
      given.push(next.right.address)
    }
    const values = new Set([gateway, ...given].map(({ value }) => value))
    expect(values.size).toBe(given.length + 1)
    const size = 2 ** (32 - subnet.prefix)
    expect(values.size).toBe(subnet.prefix < 31 ? size - 2 : size)
    if (subnet.prefix < 31) {
      expect(values.has(subnet.base.value)).toBe(false)
      expect(values.has(Address.last(subnet).value)).toBe(false)
    }
  })
  it("keep to the range, and away from what has an owner", () => {
    const one = {
      subnet: "10.1.0.0/16",
      gateway: "10.1.5.0",
      ipRange: "10.1.5.0/30",
      auxiliary: { printer: "10.1.5.1" }
    }
    const first = Allocation.allocate(one, [], undefined, "n")
    expect(Either.map(first, ({ address: found }) => Address.show(found))).toEqual(Either.right("10.1.5.2"))
    const wanted = (text: string) => Allocation.allocate(one, [address("10.1.9.9")], address(text), "n")
    expect(Either.isRight(wanted("10.1.77.7"))).toBe(true)
    for (const text of ["10.1.5.0", "10.1.5.1", "10.1.9.9", "10.1.0.0", "10.1.255.255"])
      expect(Either.flip(wanted(text))).toMatchObject({ right: { message: "Address already in use" } })
    expect(Either.flip(wanted("10.2.0.1"))).toMatchObject({
      right: { message: "Invalid address 10.2.0.1: It does not belong to any of this network's subnets" }
    })
  })
  it("come one after another, away from what the host can reach, until there are no more", () => {
    const taken: Array<Address.Subnet> = [Address.subnetOf(address("172.16.0.0"), 14)]
    for (;;) {
      const next = Allocation.freeSubnet(taken)
      if (Either.isLeft(next)) break
      expect(taken.some((other) => Address.overlap(other, next.right))).toBe(false)
      taken.push(next.right)
    }
    expect(taken.slice(1, 3).map(Address.showSubnet)).toEqual(["172.20.0.0/16", "172.21.0.0/16"])
    expect(taken.length).toBe(1 + 12 + 16)
  })
})
