import * as Effect from "effect/Effect"
import { Terminal } from "../../edge/terminal/Terminal.js"
import { createNetwork } from "../../engine/CreateNetwork.js"
import * as Arity from "../Arity.js"
import { command } from "../Command.js"
import * as Flag from "../Flag.js"
import { pairs } from "../Pairs.js"

/** Addresses may be given one by one, or with commas. */
const list = (texts: ReadonlyArray<string>) => texts.flatMap((text) => text.split(","))

export default command({
  needs: "containers",
  usage: "[OPTIONS] NETWORK",
  arity: Arity.exactly(1),
  flags: {
    attachable: Flag.toggle("attachable", { help: "Enable manual container attachment" }),
    auxAddress: Flag.texts("aux-address", {
      type: "map",
      shown: "map[]",
      help: "Auxiliary IPv4 or IPv6 addresses used by Network driver"
    }),
    driver: Flag.text("driver", { short: "d", shown: '"bridge"', help: "Driver to manage the Network" }),
    gateway: Flag.texts("gateway", {
      type: "strings",
      help: "IPv4 or IPv6 Gateway for the master subnet"
    }),
    internal: Flag.toggle("internal", { help: "Restrict external access to the network" }),
    ipRange: Flag.texts("ip-range", {
      type: "strings",
      help: "Allocate container ip from a sub-range"
    }),
    ipv6: Flag.toggle("ipv6", { help: "Enable or disable IPv6 address assignment" }),
    label: Flag.texts("label", { help: "Set metadata on a network" }),
    opt: Flag.texts("opt", { short: "o", type: "map", shown: "map[]", help: "Set driver specific options" }),
    subnet: Flag.texts("subnet", {
      type: "strings",
      help: "Subnet in CIDR format that represents a network segment"
    })
  },
  run: ({ auxAddress, driver, gateway, ipRange, label, opt, subnet, ...rest }, [name = ""]) =>
    Effect.gen(function* () {
      const id = yield* createNetwork({
        ...rest,
        name,
        driver: driver ?? "bridge",
        subnets: list(subnet),
        gateways: list(gateway),
        ranges: list(ipRange),
        auxiliary: pairs(auxAddress),
        options: pairs(opt),
        labels: pairs(label)
      })
      yield* (yield* Terminal).out(`${id}\n`)
      return 0
    })
})
