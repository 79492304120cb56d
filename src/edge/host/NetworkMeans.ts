import * as fs from "node:fs"
import type { Host } from "../../core/container/HostFacts.js"

/** CAP_NET_ADMIN and CAP_SYS_ADMIN: bridges, their firewall, and the way into a container's namespace need both. */
const needed = (1n << 12n) | (1n << 21n)

const read = (path: string): string => {
  try {
    return fs.readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

const mayMakeNetworks = (): boolean => {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(read("/proc/self/status"))?.[1] ?? "0"}`)
  return (effective & needed) === needed
}

const isExecutable = (file: string): boolean => {
  try {
    fs.accessSync(file, fs.constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Where a program of the host is; undefined where it is not installed. */
export const programOf = (name: "pasta" | "slirp4netns"): string | undefined =>
  [...(process.env["PATH"] ?? "").split(":"), "/usr/bin", "/usr/local/bin"]
    .filter((directory) => directory.startsWith("/"))
    .map((directory) => `${directory}/${name}`)
    .find(isExecutable)

/** Both programs make a tap device; pasta waits for ever where it may not. */
const mayMakeTaps = (): boolean => {
  try {
    fs.accessSync("/dev/net/tun", fs.constants.R_OK | fs.constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** pasta gives the container the addresses of the host's link with the default route. */
const hasDefaultRoute = (): boolean =>
  read("/proc/net/route")
    .split("\n")
    .slice(1)
    .some((line) => line.split("\t")[1] === "00000000") ||
  read("/proc/net/ipv6_route")
    .split("\n")
    .some((line) => /^0{32} 00 /.test(line) && !/ lo$/.test(line))

/** What carries the packets of a container that asks for no network in particular. */
export const find = (ids: Host["ids"]["_tag"]): Host["network"] => {
  if (ids === "Same") return mayMakeNetworks() ? "bridge" : "host"
  // A user's program cannot enter namespaces that the mapped root it is part of has made.
  if (ids === "Inherited" || !mayMakeTaps()) return "host"
  if (programOf("pasta") !== undefined && hasDefaultRoute()) return "pasta"
  return programOf("slirp4netns") === undefined ? "host" : "slirp4netns"
}
