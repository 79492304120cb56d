import type { ContainerOptions } from "./ContainerOptions.js"

/** The texts of the files that are bound over a container's /etc/hosts, /etc/hostname and /etc/resolv.conf. */
export interface NetworkFiles {
  readonly hosts: string
  readonly hostname: string
  readonly resolvConf: string
}

/** The host's own files, and what `host-gateway` means here. */
export interface HostNetworkFiles {
  readonly hosts: string | undefined
  readonly resolvConf: string | undefined
  readonly gateway: string
}

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

/** A container on the host's network sees the host's names; any other starts with the local ones. */
const sharesHost = (options: Options): boolean =>
  options.network._tag === "Host" || options.network._tag === "Default"

const extraHost = (entry: string, gateway: string): string => {
  const [name = "", address = ""] = entry.includes("=") ? entry.split(/=(.*)/s) : entry.split(/:(.*)/s)
  return `${address === "host-gateway" ? gateway : address.replace(/^\[(.*)\]$/, "$1")}\t${name}`
}

/** Docker's rules: flags replace the host's resolver settings one kind at a time. Source: moby, libnetwork/resolvconf. */
const resolvConf = (options: Options, host: string): string => {
  const replaced = [
    ...(options.dns.length > 0 ? ["nameserver"] : []),
    ...(options.dnsSearch.length > 0 ? ["search", "domain"] : []),
    ...(options.dnsOptions.length > 0 ? ["options"] : [])
  ]
  if (replaced.length === 0) return host
  const kept = host
    .split("\n")
    .filter((line) => line.trim() !== "" && !replaced.includes(line.trim().split(/\s+/)[0] ?? ""))
  const search = options.dnsSearch.filter((domain) => domain !== ".")
  return `${[
    ...kept,
    ...options.dns.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(" ")}`] : []),
    ...(options.dnsOptions.length > 0 ? [`options ${options.dnsOptions.join(" ")}`] : [])
  ].join("\n")}\n`
}

/** The files of a container that sees itself as `hostname`. */
export const make = (options: Options, hostname: string, host: HostNetworkFiles): NetworkFiles => {
  const base = sharesHost(options)
    ? (host.hosts ?? `${localHosts.join("\n")}\n`)
    : `${localHosts.join("\n")}\n`
  const extra = options.extraHosts.map((entry) => `${extraHost(entry, host.gateway)}\n`).join("")
  const full = options.domainname === undefined ? hostname : `${hostname}.${options.domainname}`
  return {
    hosts: `${base.endsWith("\n") || base === "" ? base : `${base}\n`}${extra}`,
    hostname: `${full}\n`,
    resolvConf: resolvConf(options, host.resolvConf ?? "")
  }
}
