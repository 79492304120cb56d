import * as Either from "effect/Either"
import * as Address from "./Address.js"

export type Protocol = "tcp" | "udp" | "sctp"

/** One port of a container that is to be reached at the host. */
export interface PortRequest {
  readonly protocol: Protocol
  readonly port: number
  /** Undefined: every address of the host. */
  readonly hostAddress: Address.Address | undefined
  /** Which ports of the host will do, both ends included; undefined: any that is free. */
  readonly hostPorts: readonly [first: number, last: number] | undefined
}

type Range = readonly [first: number, last: number]

const range = (text: string): Range | undefined => {
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  if (first === "") return undefined
  const [from, to] = [Number(first), Number(last)]
  return from <= to && to <= 65_535 ? [from, to] : undefined
}

const isProtocol = (text: string): text is Protocol => text === "tcp" || text === "udp" || text === "sctp"

/** `address:host:container` from the back, as addresses may hold colons. */
const split = (text: string): readonly [address: string, host: string, container: string] => {
  const parts = text.split(":")
  const container = parts.pop() ?? ""
  const host = parts.pop() ?? ""
  const address = parts.join(":")
  return [address, host, container]
}

const addressOf = (text: string): Either.Either<Address.Address | undefined, string> => {
  if (text === "" || text === ":") return Either.right(undefined)
  const found = Address.parse(text.replace(/^\[(.*)\]$/, "$1"))
  return found === undefined ? Either.left(`invalid IP address: ${text}`) : Either.right(found)
}

/**
 * Reads one `-p`: `[[address:][host port or range]:]container port or range[/protocol]`. A range gives one request for each
 * port; a range of the host for one port of the container is a choice. Left: Docker's text. Source: go-connections, nat.
 */
export const parse = (text: string): Either.Either<ReadonlyArray<PortRequest>, string> =>
  Either.gen(function* () {
    const [addressText, host, rest] = split(text)
    const slash = rest.indexOf("/")
    const container = slash < 0 ? rest : rest.slice(0, slash)
    const protocol = (slash < 0 ? "tcp" : rest.slice(slash + 1)).toLowerCase()
    const hostAddress = yield* addressOf(addressText)
    if (container === "") return yield* Either.left(`no port specified: ${text}<empty>`)
    const inside = range(container)
    if (inside === undefined) return yield* Either.left(`invalid containerPort: ${container}`)
    const outside = host === "" ? undefined : range(host)
    if (host !== "" && outside === undefined) return yield* Either.left(`invalid hostPort: ${host}`)
    const [first, last] = inside
    const isChoice = first === last
    if (outside !== undefined && !isChoice && outside[1] - outside[0] !== last - first)
      return yield* Either.left(
        `invalid ranges specified for container and host Ports: ${container} and ${host}`
      )
    if (!isProtocol(protocol)) return yield* Either.left(`invalid proto: ${protocol}`)
    return Array.from({ length: last - first + 1 }, (_, offset): PortRequest => {
      const single = outside === undefined ? undefined : outside[0] + offset
      const hostPorts = isChoice || single === undefined ? outside : ([single, single] as const)
      return {
        protocol,
        port: first + offset,
        hostAddress,
        // Docker takes 0 for "any".
        hostPorts: hostPorts?.[1] === 0 ? undefined : hostPorts
      }
    })
  })

/** `80/tcp`, the key of a port in Docker's JSON. */
export const key = ({ port, protocol }: Pick<PortRequest, "port" | "protocol">): string =>
  `${port}/${protocol}`

/** Reads a key such as `80/tcp`; `80` alone is TCP. Undefined when it is none. */
export const parseKey = (
  text: string
): { readonly port: number; readonly protocol: Protocol } | undefined => {
  const [port = "", protocol = "tcp"] = text.split("/")
  return /^\d{1,5}$/.test(port) && Number(port) <= 65_535 && isProtocol(protocol)
    ? { port: Number(port), protocol }
    : undefined
}

/** The keys of `port[-port][/protocol]`. Left: what Go says about the numbers. */
export const parsePorts = (text: string): Either.Either<ReadonlyArray<string>, string> => {
  const [ports = "", protocol = "tcp"] = text.split("/")
  const found = range(ports)
  if (found === undefined) return Either.left(why(ports))
  const [first, last] = found
  return Either.right(
    Array.from({ length: last - first + 1 }, (_, offset) => `${first + offset}/${protocol.toLowerCase()}`)
  )
}

/** Reads one `--expose`: a port or a range. Left: Docker's text. */
export const parseExpose = (text: string): Either.Either<ReadonlyArray<string>, string> =>
  text.includes(":")
    ? Either.left(`invalid port format for --expose: ${text}`)
    : Either.mapLeft(
        parsePorts(text),
        (cause) => `invalid range format for --expose: ${text}, error: ${cause}`
      )

/** Go's words about a range that is none. */
const why = (ports: string): string => {
  const wrong = ports.split("-").find((part) => !/^\d+$/.test(part) || Number(part) > 65_535)
  if (wrong === undefined) return `invalid range specified for port: ${ports}`
  const cause = /^\d+$/.test(wrong) ? "value out of range" : "invalid syntax"
  return `strconv.ParseUint: parsing ${JSON.stringify(wrong)}: ${cause}`
}

/**
 * Every port that a container publishes: those that were asked for, and with `all` also the exposed ones, at any free port,
 * that were not.
 */
export const wanted = (
  requests: ReadonlyArray<PortRequest>,
  exposed: ReadonlyArray<string>,
  all: boolean
): ReadonlyArray<PortRequest> => {
  const known = new Set(requests.map(key))
  const more = all
    ? exposed.flatMap((text): ReadonlyArray<PortRequest> => {
        const found = parseKey(text)
        return found === undefined || known.has(key(found))
          ? []
          : [{ ...found, hostAddress: undefined, hostPorts: undefined }]
      })
    : []
  return [...requests, ...more]
}
