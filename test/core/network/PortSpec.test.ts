import { it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { describe, expect } from "vitest"
import type { Published } from "../../../src/core/network/Life.js"
import * as PortSpec from "../../../src/core/network/PortSpec.js"
import * as PortView from "../../../src/core/network/PortView.js"

const port = FastCheck.integer({ min: 1, max: 65_000 })
const protocol = FastCheck.constantFrom("tcp" as const, "udp" as const, "sctp" as const)

describe("port specifications", () => {
  // As Docker's command line 28 says it.
  it.each([
    ["xx", "invalid containerPort: xx"],
    ["80:xx", "invalid containerPort: xx"],
    ["xx:80", "invalid hostPort: xx"],
    ["1.2.3:80:80", "invalid IP address: 1.2.3"],
    ["1.2.3.4:x:80", "invalid hostPort: x"],
    ["80-82:80-81", "invalid ranges specified for container and host Ports: 80-81 and 80-82"],
    ["80/foo", "invalid proto: foo"],
    ["70000", "invalid containerPort: 70000"],
    ["80:70000", "invalid containerPort: 70000"],
    ["", "no port specified: <empty>"],
    ["80-", "invalid containerPort: 80-"],
    ["82-80:82-80", "invalid containerPort: 82-80"],
    ["a:b:c:d", "invalid IP address: a:b"]
  ])("%j: %s", (text, message) => {
    expect(PortSpec.parse(text)).toEqual(Either.left(message))
  })
  it.each([
    ["xx", 'invalid range format for --expose: xx, error: strconv.ParseUint: parsing "xx": invalid syntax'],
    ["80-70", "invalid range format for --expose: 80-70, error: invalid range specified for port: 80-70"],
    [
      "70000",
      'invalid range format for --expose: 70000, error: strconv.ParseUint: parsing "70000": value out of range'
    ],
    ["8080:80", "invalid port format for --expose: 8080:80"]
  ])("--expose %j: %s", (text, message) => {
    expect(PortSpec.parseExpose(text)).toEqual(Either.left(message))
  })
  it.prop(
    "give a port of the host for each port of a range",
    [port, port, FastCheck.integer({ min: 0, max: 30 }), protocol],
    ([inside, outside, more, kind]) => {
      const read = PortSpec.parse(`${outside}-${outside + more}:${inside}-${inside + more}/${kind}`)
      expect(read).toEqual(
        Either.right(
          Array.from({ length: more + 1 }, (_, offset) => ({
            protocol: kind,
            port: inside + offset,
            hostAddress: undefined,
            hostPorts: [outside + offset, outside + offset]
          }))
        )
      )
    }
  )
  it("take addresses of both kinds, choices of the host's ports, and none", () => {
    expect(PortSpec.parse("[::1]:8080-8090:80")).toMatchObject({
      right: [{ hostAddress: { family: 6, value: 1n }, hostPorts: [8080, 8090], port: 80 }]
    })
    expect(PortSpec.parse("127.0.0.1::80/UDP")).toMatchObject({
      right: [{ hostAddress: { family: 4 }, hostPorts: undefined, protocol: "udp" }]
    })
    expect(PortSpec.parse("0:80")).toMatchObject({ right: [{ hostPorts: undefined }] })
  })
  it("with -P also the exposed ones, once", () => {
    const asked = Either.getOrThrow(PortSpec.parse("8080:80"))
    const all = PortSpec.wanted(asked, ["80/tcp", "53/udp"], true)
    expect(all.map(PortSpec.key)).toEqual(["80/tcp", "53/udp"])
    expect(PortSpec.wanted(asked, ["80/tcp", "53/udp"], false)).toEqual(asked)
  })
})

describe("published ports", () => {
  const at = (hostPort: number, inside: number, hostAddress = "0.0.0.0"): Published => ({
    protocol: "tcp",
    hostAddress,
    hostPort,
    port: inside
  })
  it("are listed as docker ps does: runs, then those that have another number", () => {
    expect(
      PortView.column(
        [at(7001, 7001), at(8080, 80), at(7000, 7000), at(443, 443, "::")],
        ["9000/udp", "80/tcp"]
      )
    ).toBe("[::]:443->443/tcp, 0.0.0.0:7000-7001->7000-7001/tcp, 9000/udp, 0.0.0.0:8080->80/tcp")
    expect(PortView.column([], ["81/tcp", "80/tcp", "82/tcp", "90/tcp"])).toBe("80-82/tcp, 90/tcp")
  })
  it("are told by port of the container", () => {
    const published = [at(8080, 80), at(53, 53, "127.0.0.1")]
    expect(PortView.lines(published)).toEqual(["53/tcp -> 127.0.0.1:53", "80/tcp -> 0.0.0.0:8080"])
    expect(PortView.places(published, "80/tcp")).toEqual(["0.0.0.0:8080"])
    expect(PortView.bindings(published, ["80/tcp", "9/udp"])).toEqual({
      "53/tcp": [{ HostIp: "127.0.0.1", HostPort: "53" }],
      "80/tcp": [{ HostIp: "0.0.0.0", HostPort: "8080" }],
      "9/udp": null
    })
  })
})
