import type { ContainerOptions } from "./ContainerOptions.js"
import { splitHost } from "./ReadNetworks.js"

/** The texts of the files that are bound over a container's /etc/hosts, /etc/hostname and /etc/resolv.conf. */
export interface NetworkFiles {
  readonly hosts: string
  readonly hostname: string
  readonly resolvConf: string
}

/** The host's own files, and how the container's network stands to the host's. */
export interface HostNetworkFiles {
  /** `host`: one and the same. `resolver`: its own, with a resolver of the engine's. `own`: its own, without. */
  readonly network: "host" | "own" | "resolver"
  readonly hosts: string | undefined
  readonly resolvConf: string | undefined
  /** What `host-gateway` means here. */
  readonly gateway: string
  /** Where the resolver answers; undefined: {@link resolver}. */
  readonly resolver?: string
}

/** Where the engine's resolver answers inside a container. */
export const resolver = "127.0.0.11"

const localHosts = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::\tip6-localnet",
  "ff00::\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters"
]

type Options = Pick<
  ContainerOptions,
  "network" | "extraHosts" | "dns" | "dnsSearch" | "dnsOptions" | "domainname"
>

const extraHost = (entry: string, gateway: string): string => {
  const [name, address] = splitHost(entry)
  return `${address === "host-gateway" ? gateway : address}\t${name}`
}

/** The name servers in a resolv.conf. */
export const nameservers = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => {
    const [key, server = ""] = line.trim().split(/\s+/)
    return key === "nameserver" ? [server] : []
  })

/** The host's own resolver, such as 127.0.0.53, is nobody's in another network namespace. */
export const isLoopback = (server: string): boolean => /^127\.|^::1$/.test(server)

const without = (text: string, refused: (key: string, value: string) => boolean): ReadonlyArray<string> =>
  text.split("\n").filter((line) => {
    const [key = "", value = ""] = line.trim().split(/\s+/)
    return key !== "" && !refused(key, value)
  })

/** Docker's rules: flags replace the host's resolver settings one kind at a time. Source: moby, libnetwork/resolvconf. */
const resolvConf = (options: Options, host: string): string => {
  const replaced = [
    ...(options.dns.length > 0 ? ["nameserver"] : []),
    ...(options.dnsSearch.length > 0 ? ["search", "domain"] : []),
    ...(options.dnsOptions.length > 0 ? ["options"] : [])
  ]
  if (replaced.length === 0) return host
  const kept = without(host, (key) => replaced.includes(key))
  const search = options.dnsSearch.filter((domain) => domain !== ".")
  return `${[
    ...kept,
    ...options.dns.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(" ")}`] : []),
    ...(options.dnsOptions.length > 0 ? [`options ${options.dnsOptions.join(" ")}`] : [])
  ].join("\n")}\n`
}

/** With a resolver of the engine's, which asks the servers itself; names without a dot are names of containers first. */
const resolverConf = (options: Options, host: string, address: string): string => {
  const asked = resolvConf({ ...options, dns: [] }, host)
  const kept = without(asked, (key) => key === "nameserver" || key === "options" || key.startsWith("#"))
  const set = asked.split("\n").flatMap((line) => {
    const [key, ...values] = line.trim().split(/\s+/)
    return key === "options" ? values : []
  })
  const all = set.some((value) => value.startsWith("ndots:")) ? set : [...set, "ndots:0"]
  return `${[`nameserver ${address}`, ...kept, `options ${all.join(" ")}`].join("\n")}\n`
}

/** The text of /etc/resolv.conf. */
export const resolvers = (
  options: Options,
  host: Pick<HostNetworkFiles, "network" | "resolvConf" | "resolver">
): string => {
  const text = host.resolvConf ?? ""
  switch (host.network) {
    case "host":
      return resolvConf(options, text)
    case "resolver":
      return resolverConf(options, text, host.resolver ?? resolver)
    case "own":
      return resolvConf(
        options,
        `${without(text, (key, value) => key === "nameserver" && isLoopback(value)).join("\n")}\n`
      )
  }
}

/** The files of a container that sees itself as `hostname`. */
export const make = (options: Options, hostname: string, host: HostNetworkFiles): NetworkFiles => {
  const base =
    host.network === "host" ? (host.hosts ?? `${localHosts.join("\n")}\n`) : `${localHosts.join("\n")}\n`
  const extra = options.extraHosts.map((entry) => `${extraHost(entry, host.gateway)}\n`).join("")
  return {
    hosts: `${base.endsWith("\n") || base === "" ? base : `${base}\n`}${extra}`,
    hostname: `${hostname}\n`,
    resolvConf: resolvers(options, host)
  }
}
