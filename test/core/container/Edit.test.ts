import { it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import * as ContainerFlags from "../../../src/cli/ContainerFlags.js"
import * as Edit from "../../../src/core/container/Edit.js"
import type { Flags } from "../../../src/core/container/Flags.js"
import * as SpecArbitrary from "../../support/SpecArbitrary.js"

const none: Edit.Changes = { set: {}, remove: {}, unset: [], command: undefined }

const edit = (flags: Flags, changes: Partial<Edit.Changes>) =>
  Either.match(Edit.edit({ flags, command: ["sh"] }, { ...none, ...changes }), {
    onLeft: ({ message }) => message,
    onRight: (request) => request.flags
  })

const present = (flags: Flags): Flags =>
  Object.fromEntries(Object.entries(flags).filter(([, texts]) => texts.length > 0))

const flags = FastCheck.tuple(
  SpecArbitrary.flags,
  FastCheck.record({
    env: FastCheck.subarray(["A=1", "B=2", "C"]),
    label: FastCheck.subarray(["one=1", "two"]),
    publish: FastCheck.subarray(["80:80", "8080:80", "53:53/udp", "9000-9001:90-91"])
  })
).map(([one, other]) => present({ ...one, ...other }))

const request = (all: Flags) => ({ flags: all, command: ["sh"] })

describe("an edited request", () => {
  it.prop("is the same where nothing is changed", [flags], ([before]) => {
    expect(edit(before, {})).toEqual(before)
    expect(edit(before, { set: before })).toEqual(before)
  })

  it.prop(
    "has everything that was set, and the same again changes nothing",
    [flags, flags],
    ([before, set]) => {
      const after = edit(before, { set })
      if (typeof after === "string") throw new Error(after)
      for (const [name, texts] of Object.entries(set))
        expect(after[name]).toEqual(expect.arrayContaining([...texts]))
      expect(edit(after, { set })).toEqual(after)
    }
  )

  it.prop("differs where it was changed and nowhere else", [flags, flags], ([before, set]) => {
    const after = edit(before, { set })
    if (typeof after === "string") throw new Error(after)
    const changes = Edit.differences(request(before), request(after))
    const touched = new Set(
      Object.keys(set).flatMap((name) =>
        name === "volume" || name === "tmpfs" ? ["volume", "tmpfs", "mount"] : [name]
      )
    )
    expect(changes.filter(({ flag }) => !touched.has(flag))).toEqual([])
    expect(Edit.differences(request(after), request(after))).toEqual([])
    expect(
      Edit.differences(request(after), request(before))
        .map(({ flag }) => flag)
        .sort()
    ).toEqual(changes.map(({ flag }) => flag).sort())
  })

  it.prop("has nothing left of what was removed by its name", [flags], ([before]) => {
    const remove = { env: (before["env"] ?? []).map((text) => text.split("=")[0] ?? "") }
    const after = edit(before, { remove: present(remove) })
    expect(after).toEqual(present({ ...before, env: [] }))
  })

  it.each<[string, Flags, Partial<Edit.Changes>, Flags | string]>([
    ["a variable anew", { env: ["A=1", "B=2"] }, { set: { env: ["A=3"] } }, { env: ["A=3", "B=2"] }],
    [
      "another mount at a place, by another flag",
      { volume: ["/a:/x", "v:/y"], tmpfs: ["/z"] },
      { set: { mount: ["type=tmpfs,target=/x"], volume: ["/q:/z/"] } },
      { volume: ["v:/y", "/q:/z/"], mount: ["type=tmpfs,target=/x"] }
    ],
    ["a mount less", { volume: ["/a:/x", "/b:/y"] }, { remove: { mount: ["/x"] } }, { volume: ["/b:/y"] }],
    [
      "every way to a port less",
      { publish: ["80", "127.0.0.1:8080:80", "53:80/udp"] },
      { remove: { publish: ["80"] } },
      { publish: ["53:80/udp"] }
    ],
    [
      "a -p as written",
      { publish: ["1:80", "2:80"] },
      { remove: { publish: ["2:80"] } },
      { publish: ["1:80"] }
    ],
    [
      "a port first removed, then set",
      { publish: ["1:80"] },
      { remove: { publish: ["80"] }, set: { publish: ["2:80"] } },
      { publish: ["2:80"] }
    ],
    ["a default again", { memory: ["1g"], user: ["7"] }, { unset: ["memory"] }, { user: ["7"] }],
    [
      "other networks, without the address in the old one",
      { network: ["a"], ip: ["10.0.0.2"] },
      { set: { network: ["b"] } },
      { network: ["b"] }
    ],
    [
      "the first network less",
      { network: ["name=a,alias=x", "b"], ip: ["10.0.0.2"] },
      { remove: { network: ["a"] } },
      { network: ["b"] }
    ],
    [
      "a part of a range",
      { publish: ["9000-9001:90-91"] },
      { remove: { publish: ["90"] } },
      "port 90 is a part of -p 9000-9001:90-91: remove that, and publish again what is to stay"
    ],
    [
      "what is not there",
      { env: ["A=1"] },
      { remove: { env: ["B"] } },
      "nothing to remove: the container was not given --env B"
    ],
    [
      "a default that it is",
      {},
      { unset: ["memory"] },
      "nothing to unset: the container was not given --memory"
    ]
  ])("%s", (_, before, changes, after) => expect(edit(before, changes)).toEqual(after))

  it("can change each flag that is given several times by what it is about", () => {
    const many = Object.values(ContainerFlags.flags).filter(({ arity }) => arity === "many")
    // Read into others when the container is made, or all given anew.
    const others = ["env-file", "label-file", "net", "network", "storage-opt", "volumes-from"]
    expect(Object.keys(Edit.lists).sort()).toEqual(
      many
        .map(({ name }): string => name)
        .filter((name) => !others.includes(name))
        .sort()
    )
  })
})
