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

const holdOne = (request: PortRequest, endpoint: string) =>
  Effect.gen(function* () {
    const network = yield* Network
    const { protocol, port, hostAddress = anywhere } = request
    let refusal: { readonly port: number; readonly error: NetworkError } | undefined
    for (const choice of choices(request)) {
      const held = yield* Effect.either(network.hold({ protocol, address: hostAddress, port: choice }))
      if (held._tag === "Right") {
        const { port: hostPort, descriptor }: HeldPort = held.right
        const published = { protocol, hostAddress: Address.show(hostAddress), hostPort, port }
        return { published, descriptor } satisfies Kept
      }
      refusal = { port: choice, error: held.left }
    }
    const lives = yield* LivingNetworks.living
    const why = refusal === undefined ? "" : explain(request, refusal.port, refusal.error, lives)
    return yield* invalid(`driver failed programming external connectivity on endpoint ${endpoint}: ${why}`)
  })

/** Takes the ports that a container publishes, until the scope closes. `endpoint` is how failures call it. */
export const hold = (requests: ReadonlyArray<PortRequest>, endpoint: string) =>
  Effect.forEach(requests, (request) => holdOne(request, endpoint))
