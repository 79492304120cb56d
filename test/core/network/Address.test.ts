import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Address from "../../../src/core/network/Address.js"
import * as MacAddress from "../../../src/core/network/MacAddress.js"

const v4 = FastCheck.bigInt(0n, (1n << 32n) - 1n).map((value): Address.Address => ({ family: 4, value }))
const v6 = FastCheck.tuple(
  FastCheck.bigInt(0n, (1n << 128n) - 1n),
  FastCheck.bigInt(0n, (1n << 128n) - 1n)
).map(
  // Both together have runs of zero groups.
  ([left, right]): Address.Address => ({ family: 6, value: left & right & (right >> 37n) })
)
const address = FastCheck.oneof(v4, v6)
const subnet = address.chain((one) =>
  FastCheck.integer({ min: 0, max: Address.width(one.family) }).map((prefix) => Address.subnetOf(one, prefix))
)

describe("addresses", () => {
  it.prop("read as they are written, in text and in bytes", [address], ([one]) => {
    expect(Address.parse(Address.show(one))).toEqual(one)
    expect(Address.ofBytes(Address.bytes(one))).toEqual(one)
  })
  it.prop("are shown as the platform's own URL parser shows them", [v6], ([one]) => {
    // The one exception: URLs keep no dotted form either, and both compress the first longest run.
    expect(new URL(`http://[${Address.show(one)}]/`).hostname).toBe(`[${Address.show(one)}]`)
  })
  it.prop(
    "lie in their subnets, from its base to its last",
    [address, FastCheck.integer({ min: 0, max: 32 })],
    ([one, prefix]) => {
      const of = Address.subnetOf(one, prefix)
      expect(Address.contains(of, one)).toBe(true)
      expect(Address.contains(of, Address.last(of))).toBe(true)
      expect(of.base.value <= one.value && one.value <= Address.last(of).value).toBe(true)
      expect(Address.parseCidr(Address.showSubnet(of))).toMatchObject({ right: { subnet: of } })
    }
  )
  it.prop("overlap when one has the other's base", [subnet, subnet], ([left, right]) => {
    const expected =
      left.base.family === right.base.family &&
      left.base.value <= Address.last(right).value &&
      right.base.value <= Address.last(left).value
    expect(Address.overlap(left, right)).toBe(expected)
    expect(Address.overlap(right, left)).toBe(expected)
  })
  it("are not read where others would read something else", () => {
    for (const text of [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "256.1.1.1",
      "1.2.3.4 ",
      "::1::",
      "1:2",
      ":::",
      "12345::",
      "g::"
    ])
      expect(Address.parse(text)).toBeUndefined()
    expect(Address.parse("::ffff:1.2.3.4")).toEqual({ family: 6, value: 0xffff01020304n })
  })
  it("give links Docker's addresses", () => {
    const one = Address.parse("172.17.0.2")
    expect(one && MacAddress.show(MacAddress.ofAddress(one))).toBe("02:42:ac:11:00:02")
  })
})
