import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Capability from "../../../src/core/container/Capability.js"
import * as CapabilityChange from "../../../src/core/container/CapabilityChange.js"

const apply = (
  change: Partial<CapabilityChange.CapabilityChange>,
  available: ReadonlyArray<Capability.Capability> = Capability.names
) => CapabilityChange.apply({ add: [], drop: [], privileged: false, ...change }, available)
const names = (change: Partial<CapabilityChange.CapabilityChange>) => Either.getOrThrow(apply(change))
const fault = (
  change: Partial<CapabilityChange.CapabilityChange>,
  available = Capability.names.slice(0, 38)
) => Either.getOrThrow(Either.flip(apply(change, available))).message

describe("CapabilityChange.apply", () => {
  it("is Docker's mask without flags", () => {
    expect(Capability.mask(names({})).toString(16)).toBe("a80425fb")
  })

  it("adds and drops by name, with or without the prefix, in any case", () => {
    expect(names({ add: ["net_admin"], drop: ["CAP_CHOWN"] })).toContain("NET_ADMIN")
    expect(names({ add: ["net_admin"], drop: ["CAP_CHOWN"] })).not.toContain("CHOWN")
  })

  it("understands ALL on either side", () => {
    expect(names({ add: ["ALL"], drop: ["sys_admin"] })).toEqual(
      Capability.names.filter((name) => name !== "SYS_ADMIN")
    )
    expect(names({ add: ["KILL"], drop: ["all"] })).toEqual(["KILL"])
    expect(names({ privileged: true, drop: ["ALL"] })).toEqual(Capability.names)
  })

  it("refuses unknown names, and those that nobody here can have", () => {
    expect(fault({ add: ["FOO"] })).toBe('invalid CapAdd: unknown capability: "CAP_FOO"')
    expect(fault({ drop: ["FOO"] })).toBe('invalid CapDrop: unknown capability: "CAP_FOO"')
    expect(fault({ add: ["BPF"] })).toBe(
      'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_BPF"'
    )
  })

  it.prop(
    "never gives what the engine does not have",
    [
      FastCheck.subarray([...Capability.names]),
      FastCheck.boolean(),
      FastCheck.subarray([...Capability.names, "ALL"])
    ],
    ([available, privileged, drop]) =>
      Either.getOrThrow(apply({ privileged, drop }, available)).every((name) => available.includes(name))
  )

  it.prop("masks are read back", [FastCheck.subarray([...Capability.names])], ([some]) => {
    expect(Capability.fromMask(Capability.mask(some))).toEqual(some)
  })
})
