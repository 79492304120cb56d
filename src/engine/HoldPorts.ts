import { partition } from "effect/Array"
import * as Effect from "effect/Effect"
import * as Address from "../core/network/Address.js"
import type { Life, Published } from "../core/network/Life.js"
import type { PortRequest } from "../core/network/PortSpec.js"
import { type HeldPort, Network } from "../edge/network/Network.js"
import type { NetworkError } from "../edge/network/NetworkError.js"
import { invalid } from "./EngineError.js"
import * as LivingNetworks from "./LivingNetworks.js"

/** A port that a container publishes, and the descriptor that keeps it. */
export interface Kept {
  readonly published: Published
  readonly descriptor: number
}

const anywhere: Address.Address = { family: 4, value: 0n }
const anywhere6: Address.Address = { family: 6, value: 0n }
const loopback6: Address.Address = { family: 6, value: 1n }

const named = (address: Address.Address, port: number): string =>
  `${address.family === 4 ? Address.show(address) : `[${Address.show(address)}]`}:${port}`

/** Who has the port: a container of ours, or somebody else. In Docker's words. */
const explain = (
  { protocol, hostAddress = anywhere }: PortRequest,
  port: number,
  error: NetworkError,
  lives: ReadonlyArray<Life>
): string => {
  if (error.reason !== "Busy") return `cannot keep port ${port} of the host: ${error.message}`
  const isOurs = lives.some(({ published }) =>
    published.some((other) => other.protocol === protocol && other.hostPort === port)
  )
  return isOurs
    ? `Bind for ${named(hostAddress, port)} failed: port is already allocated`
    : `Error starting userland proxy: listen ${protocol}${hostAddress.family} ${named(hostAddress, port)}: bind: address already in use`
}

const choices = ({ hostPorts }: PortRequest): ReadonlyArray<number> => {
  if (hostPorts === undefined) return [0]
  const [first, last] = hostPorts
  return Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
}

/** What nobody would ever answer at, and why; undefined for what can be done. */
const impossible = ({ hostAddress }: PortRequest, hasIpv6: boolean | undefined): string | undefined => {
  if (hasIpv6 === undefined || hostAddress?.family !== 6) return undefined
  if (Address.equals(hostAddress, loopback6))
    return "the kernel translates no packets to ::1; publish at 127.0.0.1, or at another IPv6 address of the host"
  return hasIpv6
    ? undefined
    : "the container has no IPv6 address; give it a network that was made with --ipv6 and an IPv6 --subnet"
}

/** The same port at several addresses. */
const holdAll = (
  { protocol, port }: PortRequest,
  addresses: ReadonlyArray<Address.Address>,
  choice: number
) =>
  Effect.gen(function* () {
    const network = yield* Network
    const kept: Array<Kept> = []
    for (const address of addresses) {
      const wanted = kept[0]?.published.hostPort ?? choice
      const { port: hostPort, descriptor }: HeldPort = yield* network.hold({
        protocol,
        address,
        port: wanted
      })
      kept.push({ published: { protocol, hostAddress: Address.show(address), hostPort, port }, descriptor })
    }
    return kept
  })

const holdOne = (request: PortRequest, endpoint: string, hasIpv6: boolean | undefined) =>
  Effect.gen(function* () {
    const fault = impossible(request, hasIpv6)
    const failed = (why: string) =>
      invalid(`driver failed programming external connectivity on endpoint ${endpoint}: ${why}`)
    if (fault !== undefined) return yield* failed(fault)
    const { hostAddress } = request
    const addresses =
      hostAddress === undefined ? (hasIpv6 === true ? [anywhere, anywhere6] : [anywhere]) : [hostAddress]
    let refusal: { readonly port: number; readonly error: NetworkError } | undefined
    for (const choice of choices(request)) {
      const held = yield* Effect.either(holdAll(request, addresses, choice))
      if (held._tag === "Right") return held.right
      refusal = { port: choice, error: held.left }
    }
    const lives = yield* LivingNetworks.living
    return yield* failed(refusal === undefined ? "" : explain(request, refusal.port, refusal.error, lives))
  })

/**
 * Takes the ports that a container publishes, until the scope closes: at every address of the host where none is named, those of IPv6
 * included if the container has such an address itself. `hasIpv6` is undefined where a program
 * listens, at what is named and no more. `endpoint` is how failures call it.
 */
export const hold = (requests: ReadonlyArray<PortRequest>, endpoint: string, hasIpv6: boolean | undefined) =>
  Effect.map(
    Effect.forEach(requests, (request) => holdOne(request, endpoint, hasIpv6)),
    (kept) => {
      const [of4, of6] = partition(kept.flat(), ({ published }) => published.hostAddress.includes(":"))
      // Ports that follow each other are one rule of the firewall.
      return [...of4, ...of6]
    }
  )
