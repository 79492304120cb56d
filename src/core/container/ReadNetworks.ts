import * as Either from "effect/Either"
import * as Address from "../network/Address.js"
import { type Connection, plain } from "../network/Connections.js"
import * as MacAddress from "../network/MacAddress.js"
import * as NetworkRecord from "../network/NetworkRecord.js"
import * as PortSpec from "../network/PortSpec.js"
import type { NetworkOptions } from "./ContainerOptions.js"
import * as Flags from "./Flags.js"
import { type InvalidOption, InvalidValue, option } from "./InvalidOption.js"
import * as NamespaceMode from "./NamespaceMode.js"

type Mode = NamespaceMode.NetworkMode

const refuse = (message: string) => Either.left(new InvalidValue({ message }))

/** What one --network says. */
interface Asked {
  readonly mode: Mode
  readonly connection: Connection
}

/** The long form: `name=NETWORK,alias=NAME,ip=ADDRESS,…`. */
const parseFields = (text: string): Either.Either<Connection, InvalidValue> =>
  Either.gen(function* () {
    let found = plain("")
    for (const field of text.split(",")) {
      const [key = "", value] = field.split(/=(.*)/s)
      if (value === undefined) return yield* refuse(`invalid field ${field}`)
      switch (key.trim().toLowerCase()) {
        case "name":
          found = { ...found, network: value }
          break
        case "alias":
          found = { ...found, aliases: [...found.aliases, value] }
          break
        case "ip":
          found = { ...found, ip: value }
          break
        case "ip6":
          found = { ...found, ip6: value }
          break
        case "mac-address":
          found = { ...found, mac: value }
          break
        case "driver-opt":
        case "link-local-ip":
        case "gw-priority":
          return yield* refuse(`${key} is not supported by kasane's networks`)
        default:
          return yield* refuse(`invalid field key ${key}`)
      }
    }
    return found.network === "" ? yield* refuse("network name/id is not specified") : found
  })

const parse = (text: string): Either.Either<Connection, InvalidValue> =>
  text.includes("=")
    ? parseFields(text)
    : text === ""
      ? refuse("network name/id is not specified")
      : Either.right(plain(text))

const isUserDefined = ({ _tag }: Mode, { network }: Connection): boolean =>
  _tag === "Named" && !NetworkRecord.isPredefined(network)

const conflict = (flag: string, one: string, other: string) =>
  Either.left(option(flag, `conflicting options: cannot specify both ${one} and per-network ${other}`))

/** The flags beside --network describe the first network that is named. Source: docker/cli, applyContainerOptions. */
const describeFirst = (flags: Flags.Flags, first: Connection): Either.Either<Connection, InvalidOption> =>
  Either.gen(function* () {
    const aliases = [...Flags.all(flags, "network-alias"), ...Flags.all(flags, "net-alias")]
    const links = Flags.all(flags, "link")
    const ip = Flags.last(flags, "ip") || undefined
    const ip6 = Flags.last(flags, "ip6") || undefined
    const mac = Flags.last(flags, "mac-address") || undefined
    if (aliases.length > 0 && first.aliases.length > 0)
      return yield* conflict("--network-alias", "--network-alias", "alias")
    if (ip !== undefined && first.ip !== undefined) return yield* conflict("--ip", "--ip", "IPv4 address")
    if (ip6 !== undefined && first.ip6 !== undefined) return yield* conflict("--ip6", "--ip6", "IPv6 address")
    if (mac !== undefined && first.mac !== undefined)
      return yield* conflict("--mac-address", "--mac-address", "MAC address")
    return {
      ...first,
      aliases: [...first.aliases, ...aliases],
      links: [...first.links, ...links],
      ...(ip === undefined ? {} : { ip }),
      ...(ip6 === undefined ? {} : { ip6 }),
      ...(mac === undefined ? {} : { mac })
    }
  })

const check = (connection: Connection): Either.Either<void, InvalidOption> => {
  const { ip, ip6, mac } = connection
  if (mac !== undefined && MacAddress.parse(mac) === undefined)
    return Either.left(option("--mac-address", `${mac} is not a valid mac address`))
  if (ip !== undefined && Address.parse(ip)?.family !== 4)
    return Either.left(option("--ip", `invalid IPv4 address: ${ip}`))
  return ip6 !== undefined && Address.parse(ip6)?.family !== 6
    ? Either.left(option("--ip6", `invalid IPv6 address: ${ip6}`))
    : Either.right(undefined)
}

const networks = (
  flags: Flags.Flags
): Either.Either<Pick<NetworkOptions, "network" | "connections">, InvalidOption> =>
  Either.gen(function* () {
    const name = Flags.all(flags, "network").length > 0 ? "network" : "net"
    const connections = yield* Flags.parseAll(flags, name, parse)
    const asked: Array<Asked> = []
    for (const connection of connections)
      asked.push({ connection, mode: yield* NamespaceMode.parseNetwork(connection.network) })
    const [
      main = { mode: { _tag: "Default" }, connection: plain(NetworkRecord.predefined.bridge) },
      ...more
    ] = asked
    const first = yield* describeFirst(flags, main.connection)
    const all: ReadonlyArray<Asked> = [{ ...main, connection: first }, ...more]
    const seen = new Set<string>()
    for (const { connection } of all) {
      if (seen.has(connection.network))
        return yield* Either.left(
          option("--network", `network ${JSON.stringify(connection.network)} is specified multiple times`)
        )
      seen.add(connection.network)
      yield* check(connection)
    }
    const own = all.filter(({ mode, connection }) => isUserDefined(mode, connection))
    if (all.some((one) => one.connection.aliases.length > 0 && !own.includes(one)))
      return yield* Either.left(
        option("--network-alias", "network-scoped aliases are only supported for user-defined networks")
      )
    if (all.length > 1 && own.length < all.length)
      return yield* Either.left(
        option(
          "--network",
          "conflicting options: cannot attach both user-defined and non-user-defined network-modes"
        )
      )
    const isConnected = main.mode._tag === "Default" || main.mode._tag === "Named"
    return { network: main.mode, connections: isConnected ? all.map(({ connection }) => connection) : [] }
  })

const address = (text: string): Either.Either<string, InvalidValue> =>
  Address.parse(text) === undefined
    ? refuse(`IP address is not correctly formatted: ${text}`)
    : Either.right(text)

const domain = (text: string): Either.Either<string, InvalidValue> => {
  const trimmed = text.replace(/\.$/, "")
  return text === "." ||
    /^(?:[a-zA-Z0-9_](?:[a-zA-Z0-9_-]*[a-zA-Z0-9_])?)(?:\.[a-zA-Z0-9_](?:[a-zA-Z0-9_-]*[a-zA-Z0-9_])?)*$/.test(
      trimmed
    )
    ? Either.right(text)
    : refuse(`${text} is not a valid domain`)
}

/** An entry of /etc/hosts: `name:address`, or `name=address`, which IPv6 reads better in. */
export const splitHost = (text: string): readonly [name: string, address: string] => {
  const [name = "", value = ""] = text.includes("=") ? text.split(/=(.*)/s) : text.split(/:(.*)/s)
  return [name, value.replace(/^\[(.*)\]$/, "$1")]
}

const extraHost = (text: string): Either.Either<string, InvalidValue> => {
  const [name, value] = splitHost(text)
  if (name === "" || value === "") return refuse(`bad format for add-host: ${JSON.stringify(text)}`)
  return value === "host-gateway" || Address.parse(value) !== undefined
    ? Either.right(text)
    : refuse(`invalid IP address in add-host: ${JSON.stringify(value)}`)
}

const inWords = (flag: string) => (message: string) => option(flag, message)

/** What a container that uses another's network may not ask for. Source: moby, runconfig. */
const checkShared = (flags: Flags.Flags): Either.Either<void, InvalidOption> => {
  const refusals: ReadonlyArray<readonly [flag: string, text: string]> = [
    ["hostname", "conflicting options: hostname and the network mode"],
    [
      "link",
      "conflicting options: container type network can't be used with links. This would result in undefined behavior"
    ],
    ["dns", "conflicting options: dns and the network mode"],
    ["add-host", "conflicting options: custom host-to-IP mapping and the network mode"],
    ["mac-address", "conflicting options: mac-address and the network mode"],
    ["publish", "conflicting options: port publishing and the container type network mode"],
    ["publish-all", "conflicting options: port publishing and the container type network mode"],
    ["expose", "conflicting options: port exposing and the container type network mode"]
  ]
  const found = refusals.find(([flag]) => Flags.all(flags, flag).length > 0)
  return found === undefined ? Either.right(undefined) : Either.left(option(`--${found[0]}`, found[1]))
}

/** Reads every flag that is about networks, names and ports. */
export const read = (flags: Flags.Flags): Either.Either<NetworkOptions, InvalidOption> =>
  Either.gen(function* () {
    const dns = yield* Flags.parseAll(flags, "dns", address)
    const dnsSearch = yield* Flags.parseAll(flags, "dns-search", domain)
    const extraHosts = yield* Flags.parseAll(flags, "add-host", extraHost)
    const chosen = yield* networks(flags)
    const publish = yield* Either.mapLeft(
      Either.all(Flags.all(flags, "publish").map(PortSpec.parse)),
      inWords("--publish")
    )
    const expose = yield* Either.mapLeft(
      Either.all(Flags.all(flags, "expose").map(PortSpec.parseExpose)),
      inWords("--expose")
    )
    if (chosen.network._tag === "Container") yield* checkShared(flags)
    return {
      ...chosen,
      dns,
      dnsSearch,
      dnsOptions: [...Flags.all(flags, "dns-option"), ...Flags.all(flags, "dns-opt")],
      extraHosts,
      publish: publish.flat(),
      publishAll: Flags.isSet(flags, "publish-all"),
      expose: expose.flat()
    }
  })
