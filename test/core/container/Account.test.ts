import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Account from "../../../src/core/container/Account.js"

const passwd = [
  "root:x:0:0:root:/root:/bin/sh",
  "# a comment:x:5:5",
  "alice:x:1000:1001:Alice:/home/alice:/bin/sh",
  "4711:x:7:7:a name of digits:/seven:/bin/sh",
  "huge:x:4294967296:0::/:/bin/sh",
  "broken",
  "nohome:x:8:8::"
].join("\n")
const group = "root:x:0:\nalice:x:1001:\nwheel:x:10:root,alice\n99:x:3:\n"
const files = { passwd, group }

const resolve = (spec: string, groups: ReadonlyArray<string> = [], of: Account.AccountFiles = files) =>
  Either.getOrThrow(Account.resolve(spec, groups, of))
const fault = (spec: string, groups: ReadonlyArray<string> = []) =>
  Either.getOrThrow(Either.flip(Account.resolve(spec, groups, files))).message

describe("Account.resolve", () => {
  it("is root without a user, with root's groups", () => {
    expect(resolve("")).toEqual({ uid: 0, gid: 0, groups: [0, 10], home: "/root" })
  })

  it("takes group, memberships and home from the image's files", () => {
    expect(resolve("alice")).toEqual({ uid: 1000, gid: 1001, groups: [1001, 10], home: "/home/alice" })
    expect(resolve("1000")).toEqual(resolve("alice"))
  })

  it("leaves memberships out when a group is given", () => {
    expect(resolve("alice:wheel")).toMatchObject({ gid: 10, groups: [10] })
    expect(resolve("alice:77")).toMatchObject({ gid: 77, groups: [77] })
  })

  it("knows numbers that the image does not", () => {
    expect(resolve("5000")).toEqual({ uid: 5000, gid: 0, groups: [0], home: "/" })
    expect(resolve("5000", [], { passwd: undefined, group: undefined })).toMatchObject({ uid: 5000 })
  })

  it("never takes digits for a name, nor a name for a number", () => {
    expect(resolve("4711")).toMatchObject({ uid: 4711, home: "/" })
    expect(resolve("0:99")).toMatchObject({ gid: 99 })
    expect(fault("-1")).toBe("uids and gids must be in range 0-2147483647")
    expect(fault("huge")).toBe("unable to find user huge: no matching entries in passwd file")
  })

  it.each(["2147483648", "4294967295", "4294967296", "99999999999999999999"])("refuses the id %s", (id) => {
    expect(fault(id)).toBe("uids and gids must be in range 0-2147483647")
    expect(fault(`0:${id}`)).toBe("uids and gids must be in range 0-2147483647")
    expect(fault("0", [id])).toBe("uids and gids must be in range 0-2147483647")
  })

  it("tells in Docker's words who is missing", () => {
    expect(fault("nosuch")).toBe("unable to find user nosuch: no matching entries in passwd file")
    expect(fault("0:nosuch")).toBe("unable to find group nosuch: no matching entries in group file")
    expect(fault("0", ["nosuch"])).toBe("unable to find group nosuch: no matching entries in group file")
  })

  it("adds groups once each", () => {
    expect(resolve("alice", ["wheel", "44", "10"]).groups).toEqual([1001, 10, 44])
  })

  it("has a home even where the file has none", () => {
    expect(resolve("nohome").home).toBe("/")
  })

  it.prop(
    "answers any text from hostile files with an id in range or an error",
    [FastCheck.string(), FastCheck.string(), FastCheck.string()],
    ([spec, passwd, group]) =>
      Either.match(Account.resolve(spec, [], { passwd, group }), {
        onLeft: () => true,
        onRight: ({ uid, gid, groups }) =>
          [uid, gid, ...groups].every((id) => Number.isInteger(id) && id >= 0 && id < 2 ** 31)
      })
  )
})
