import * as Either from "effect/Either"
import { describe, expect, it } from "vitest"
import * as NetworkRequest from "../../../src/core/network/NetworkRequest.js"

const pools = (given: Partial<Parameters<typeof NetworkRequest.pools>[0]>) =>
  NetworkRequest.pools({ subnets: [], gateways: [], ranges: [], auxiliary: {}, ...given })

describe("the pools of network create", () => {
  // As Docker's command line 28 says it.
  it.each([
    [{ gateways: ["1.2.3.4"] }, "every ip-range or gateway must have a corresponding subnet"],
    [{ subnets: ["10.0.0.0/24"], gateways: ["10.1.0.1"] }, "no matching subnet for gateway 10.1.0.1"],
    [{ subnets: ["10.0.0.0/24"], ranges: ["10.1.0.0/24"] }, "no matching subnet for range 10.1.0.0/24"],
    [
      { subnets: ["10.0.0.0/24"], auxiliary: { a: "10.1.0.1" } },
      "no matching subnet for aux-address 10.1.0.1"
    ],
    [
      { subnets: ["10.0.0.0/24", "10.0.0.0/16"] },
      "multiple overlapping subnet configuration is not supported"
    ],
    [{ subnets: ["10.0.0.1/24"] }, "invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24"],
    [{ subnets: ["xx"] }, "invalid CIDR address: xx"],
    [
      { subnets: ["10.0.0.0/24", "10.1.0.0/24"], gateways: ["10.0.0.1", "10.0.0.2"] },
      "cannot configure multiple gateways (10.0.0.2, 10.0.0.1) on the same subnet (10.0.0.0/24)"
    ]
  ])("%j: %s", (given, message) => {
    expect(pools(given)).toEqual(Either.left(message))
  })
  it("belong together by address, of both families", () => {
    expect(
      pools({
        subnets: ["fd00:1::/64", "10.0.0.0/24"],
        gateways: ["10.0.0.254", "fd00:1::1"],
        ranges: ["10.0.0.128/25"],
        auxiliary: { printer: "10.0.0.7" }
      })
    ).toEqual(
      Either.right([
        { subnet: "fd00:1::/64", gateway: "fd00:1::1", auxiliary: {} },
        {
          subnet: "10.0.0.0/24",
          gateway: "10.0.0.254",
          ipRange: "10.0.0.128/25",
          auxiliary: { printer: "10.0.0.7" }
        }
      ])
    )
  })
})
