import * as fs from "node:fs"
import type { Host } from "../../core/container/HostFacts.js"

/** CAP_NET_ADMIN and CAP_SYS_ADMIN: bridges, their firewall, and the way into a container's namespace need both. */
const needed = (1n << 12n) | (1n << 21n)

const mayMakeNetworks = (): boolean => {
  const status = fs.readFileSync("/proc/self/status", "utf8")
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`)
  return (effective & needed) === needed
}

/** What carries the packets of a container that asks for no network in particular. */
export const find = (isRoot: boolean): Host["network"] => (isRoot && mayMakeNetworks() ? "bridge" : "host")
