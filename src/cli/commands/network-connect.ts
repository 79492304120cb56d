import * as Effect from "effect/Effect"
import * as Address from "../../core/network/Address.js"
import { connectNetwork } from "../../engine/ConnectNetwork.js"
import * as Arity from "../Arity.js"
import { command, type Failure } from "../Command.js"
import * as Flag from "../Flag.js"

/** Undefined where the flag is absent; fails for what is no address of the family. */
const addressOf = (text: string | undefined, family: 4 | 6) => {
  if (text === undefined || text === "") return Effect.succeed(undefined)
  return Address.parse(text)?.family === family
    ? Effect.succeed(text)
    : Effect.fail<Failure>({ message: `invalid IPv${family} address: ${text}` })
}

export default command({
  needs: "containers",
  usage: "[OPTIONS] NETWORK CONTAINER",
  arity: Arity.exactly(2),
  flags: {
    alias: Flag.texts("alias", { type: "strings", help: "Add network-scoped alias for the container" }),
    ip: Flag.text("ip", { help: 'IPv4 address (e.g., "172.30.100.104")' }),
    ip6: Flag.text("ip6", { help: 'IPv6 address (e.g., "2001:db8::33")' }),
    link: Flag.texts("link", { help: "Add link to another container" })
  },
  run: ({ alias, ip, ip6, link }, [network = "", container = ""]) =>
    Effect.gen(function* () {
      const [four, six] = [yield* addressOf(ip, 4), yield* addressOf(ip6, 6)]
      yield* connectNetwork(network, container, {
        aliases: alias.flatMap((text) => text.split(",")),
        links: link,
        ...(four === undefined ? {} : { ip: four }),
        ...(six === undefined ? {} : { ip6: six })
      })
      return 0
    })
})
