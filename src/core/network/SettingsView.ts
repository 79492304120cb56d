import type { Connection } from "./Connections.js"
import type { Endpoint, Life } from "./Life.js"
import * as PortView from "./PortView.js"

const of = (texts: ReadonlyArray<string>, isIpv6: boolean): string =>
  texts.find((text) => text.includes(":") === isIpv6) ?? ""

const split = (text: string): readonly [address: string, prefix: number] => {
  const [address = "", prefix = "0"] = text.split("/")
  return [address, Number(prefix)]
}

/** What a container has in one network, or has nothing of while it does not run. */
const addressing = (endpoint: Endpoint | undefined) => {
  const [address, prefix] = split(of(endpoint?.addresses ?? [], false))
  const [address6, prefix6] = split(of(endpoint?.addresses ?? [], true))
  return {
    EndpointID: endpoint?.id ?? "",
    Gateway: of(endpoint?.gateways ?? [], false),
    GlobalIPv6Address: address6,
    GlobalIPv6PrefixLen: prefix6,
    IPAddress: address,
    IPPrefixLen: prefix,
    IPv6Gateway: of(endpoint?.gateways ?? [], true),
    MacAddress: endpoint?.mac ?? ""
  }
}

/** A network of the container, with its id if it is known. */
export interface SettingsNetwork {
  readonly name: string
  readonly id: string
  readonly connection: Connection | undefined
}

/** Everything that a container's network settings are a function of. */
export interface Settings {
  readonly container: string
  readonly name: string
  readonly networks: ReadonlyArray<SettingsNetwork>
  /** Undefined while it does not run. */
  readonly life: Life | undefined
  readonly exposed: ReadonlyArray<string>
  /** The path of its network namespace; empty while it does not run. */
  readonly namespace: string
}

const network = ({ life, container, name }: Settings, one: SettingsNetwork) => {
  const { connection } = one
  const endpoint = life?.endpoints.find(({ networkName }) => networkName === one.name)
  const { ip, ip6, aliases = [], links = [] } = connection ?? {}
  const config = {
    ...(ip === undefined ? {} : { IPv4Address: ip }),
    ...(ip6 === undefined ? {} : { IPv6Address: ip6 })
  }
  const names = [name, ...aliases, container.slice(0, 12)]
  return {
    IPAMConfig: Object.keys(config).length === 0 ? null : config,
    Links: links.length === 0 ? null : links,
    Aliases: aliases.length === 0 ? null : aliases,
    DriverOpts: null,
    NetworkID: one.id,
    ...addressing(endpoint),
    DNSNames: one.name === "bridge" || connection === undefined ? null : names
  }
}

/** `NetworkSettings` as `docker inspect` shows them. */
export const view = (settings: Settings) => {
  const { life, exposed, namespace } = settings
  const isDefault = (endpoint: Endpoint) => endpoint.networkName === "bridge"
  return {
    Bridge: "",
    SandboxID: life?.container ?? "",
    SandboxKey: namespace,
    Ports: life === undefined ? {} : PortView.bindings(life.published, exposed),
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    ...addressing(life?.endpoints.find(isDefault)),
    Networks: Object.fromEntries(settings.networks.map((one) => [one.name, network(settings, one)]))
  }
}
