import { it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as Netlink from "../../../src/core/network/Netlink.js"

const bytes = FastCheck.uint8Array({ maxLength: 40 })
const { attribute } = FastCheck.letrec<{ attribute: Netlink.Attribute }>((tie) => ({
  attribute: FastCheck.record({
    type: FastCheck.integer({ min: 1, max: 0x3fff }),
    value: FastCheck.oneof(
      { depthSize: "small", withCrossShrink: true },
      bytes,
      FastCheck.array(tie("attribute"), { maxLength: 4 })
    )
  })
}))
const message = FastCheck.record({
  type: FastCheck.integer({ min: 16, max: 0xffff }),
  flags: FastCheck.integer({ min: 0, max: 0xffff }),
  body: FastCheck.uint8Array({ minLength: 4, maxLength: 4 }),
  attributes: FastCheck.array(attribute, { maxLength: 5 })
})

describe("netlink messages", () => {
  it.prop(
    "say what they were made of, one after another",
    [FastCheck.array(message, { maxLength: 4 })],
    ([sent]) => {
      const encoded = sent.map((one, index) => Netlink.encode(one, index + 1))
      const received = Netlink.decode(Uint8Array.from(encoded.flatMap((part) => [...part])))
      expect(
        received.map(({ type, flags, sequence, payload }) => ({
          type,
          flags,
          sequence,
          body: Uint8Array.from(payload.subarray(0, 4)),
          attributes: plain(Netlink.decodeAttributes(payload.subarray(4)))
        }))
      ).toEqual(
        sent.map((one, index) => ({ ...one, sequence: index + 1, attributes: plain(one.attributes) }))
      )
    }
  )
  it.prop("never lead a reader out of the bytes", [FastCheck.uint8Array({ maxLength: 200 })], ([noise]) => {
    for (const { payload } of Netlink.decode(noise)) Netlink.decodeAttributes(payload)
    expect(Netlink.decodeAttributes(noise).length).toBeLessThanOrEqual(50)
  })
})

/** Bytes as numbers, whatever buffer they are a part of. */
const plain = (attributes: ReadonlyArray<Netlink.Attribute>): unknown =>
  attributes.map(({ type, value }) => ({
    type,
    value: value instanceof Uint8Array ? [...value] : { inside: plain(value) }
  }))
