import type { Published } from "./Life.js"
import type { PortRequest } from "./PortSpec.js"
import { key, parseKey } from "./PortSpec.js"

/** A port of a container as lists show it: published at a host address, or only exposed. */
interface Shown {
  readonly protocol: string
  readonly port: number
  readonly at: { readonly address: string; readonly port: number } | undefined
}

const joined = (address: string, port: string | number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`

const byCode = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

const compare = (left: Shown, right: Shown): number =>
  left.port - right.port ||
  byCode(left.at?.address ?? "", right.at?.address ?? "") ||
  (left.at?.port ?? 0) - (right.at?.port ?? 0) ||
  left.protocol.localeCompare(right.protocol)

/** Ports that follow each other and keep their numbers. */
interface Group {
  readonly protocol: string
  readonly address: string | undefined
  readonly first: number
  last: number
}

const showGroup = ({ protocol, address, first, last }: Group): string => {
  const ports = first === last ? `${first}` : `${first}-${last}`
  return `${address === undefined ? "" : `${joined(address, ports)}->`}${ports}/${protocol}`
}

/** The PORTS column: runs of ports first, then those that are at another number of the host. Source: docker/cli, DisplayablePorts. */
export const column = (published: ReadonlyArray<Published>, exposed: ReadonlyArray<string>): string => {
  const known = new Set(published.map(key))
  const shown: ReadonlyArray<Shown> = [
    ...published.map(({ protocol, port, hostAddress, hostPort }) => ({
      protocol,
      port,
      at: { address: hostAddress, port: hostPort }
    })),
    ...exposed.flatMap((text): ReadonlyArray<Shown> => {
      const found = parseKey(text)
      return found === undefined || known.has(key(found)) ? [] : [{ ...found, at: undefined }]
    })
  ].sort(compare)
  const groups = new Map<string, Group>()
  const finished: Array<string> = []
  const moved: Array<string> = []
  for (const { protocol, port, at } of shown) {
    if (at !== undefined && at.port !== port) {
      moved.push(`${joined(at.address, at.port)}->${port}/${protocol}`)
      continue
    }
    const name = `${at?.address ?? ""}/${protocol}`
    const group = groups.get(name)
    if (group?.last === port - 1) group.last = port
    else {
      if (group !== undefined) finished.push(showGroup(group))
      groups.set(name, { protocol, address: at?.address, first: port, last: port })
    }
  }
  return [...finished, ...[...groups.values()].map(showGroup), ...moved].join(", ")
}

/** The lines of `port`: `80/tcp -> 0.0.0.0:8080`. */
export const lines = (published: ReadonlyArray<Published>): ReadonlyArray<string> =>
  published
    .map((one) => `${key(one)} -> ${joined(one.hostAddress, one.hostPort)}`)
    .sort((left, right) => (left < right ? -1 : 1))

/** Where one port of the container is to be found at the host. */
export const places = (published: ReadonlyArray<Published>, wanted: string): ReadonlyArray<string> =>
  published
    .filter((one) => key(one) === wanted)
    .map(({ hostAddress, hostPort }) => joined(hostAddress, hostPort))

export interface Binding {
  readonly HostIp: string
  readonly HostPort: string
}

const grouped = (
  entries: ReadonlyArray<readonly [key: string, binding: Binding]>
): Readonly<Record<string, ReadonlyArray<Binding>>> => {
  const found: Record<string, ReadonlyArray<Binding>> = {}
  for (const [name, binding] of entries) found[name] = [...(found[name] ?? []), binding]
  return found
}

/** `NetworkSettings.Ports`: exposed ports that are not published are null. */
export const bindings = (
  published: ReadonlyArray<Published>,
  exposed: ReadonlyArray<string>
): Readonly<Record<string, ReadonlyArray<Binding> | null>> => ({
  ...Object.fromEntries(exposed.map((name) => [name, null])),
  ...grouped(published.map((one) => [key(one), { HostIp: one.hostAddress, HostPort: String(one.hostPort) }]))
})

/** `HostConfig.PortBindings`: what was asked for. */
export const requested = (
  requests: ReadonlyArray<PortRequest>,
  show: (address: NonNullable<PortRequest["hostAddress"]>) => string
): Readonly<Record<string, ReadonlyArray<Binding>>> =>
  grouped(
    requests.map((one) => {
      const [first, last] = one.hostPorts ?? [undefined, undefined]
      const ports = first === undefined ? "" : first === last ? `${first}` : `${first}-${last}`
      return [
        key(one),
        { HostIp: one.hostAddress === undefined ? "" : show(one.hostAddress), HostPort: ports }
      ]
    })
  )
