import * as Effect from "effect/Effect"
import * as Address from "../core/network/Address.js"
import * as Allocation from "../core/network/Allocation.js"
import * as NetworkName from "../core/network/NetworkName.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import * as NetworkRequest from "../core/network/NetworkRequest.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { invalid } from "./EngineError.js"
import * as Networks from "./Networks.js"

/** The pools of a new network: those that were asked for, and of each family that has none, one that is free. */
const choosePools = (request: NetworkRequest.NetworkRequest, id: string) =>
  Effect.gen(function* () {
    const asked = yield* Effect.mapError(NetworkRequest.pools(request), invalid)
    const taken = Networks.subnets(yield* (yield* NetworkStore).list)
    const wanted = Networks.subnets([{ pools: asked }])
    if (wanted.some((subnet) => taken.some((other) => Address.overlap(subnet, other))))
      return yield* invalid("Pool overlaps with other one on this address space")
    const has = (family: 4 | 6) => wanted.some(({ base }) => base.family === family)
    const four = has(4) ? [] : [yield* Networks.freePool]
    const six: ReadonlyArray<NetworkRecord.Pool> =
      has(6) || !request.ipv6
        ? []
        : [{ subnet: Address.showSubnet(Allocation.uniqueLocalSubnet(id)), auxiliary: {} }]
    return yield* Effect.forEach([...four, ...asked, ...six], NetworkRequest.withGateway)
  })

/** Makes a network; gives its id. Its bridge is made with the first container on it. */
export const createNetwork = (request: NetworkRequest.NetworkRequest) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* NetworkStore
      const random = yield* Randomness
      const host = yield* (yield* HostProbe).host
      const wrong = NetworkRequest.fault(request)
      if (wrong !== undefined) return yield* invalid(wrong)
      if (host.network !== "bridge")
        return yield* invalid(
          "networks of your own need bridges, which only root (with CAP_NET_ADMIN) can make here; containers without --network, and with --network host or none, need none"
        )
      yield* Networks.all
      yield* store.lock
      const { name, internal, attachable, ipv6, options, labels } = request
      const id = yield* random.id
      const bridge = options[NetworkRecord.option.bridgeName]
      const record: NetworkRecord.NetworkRecord = {
        id,
        name,
        created: new Date(yield* random.now).toISOString(),
        driver: "bridge",
        bridge: bridge ?? NetworkName.bridge(id, false, yield* Networks.storeMark),
        pools: yield* choosePools(request, id),
        automatic: request.subnets.length === 0,
        internal,
        attachable,
        ipv6: ipv6 || request.subnets.some((subnet) => subnet.includes(":")),
        options,
        labels
      }
      yield* store.create(record)
      return id
    })
  )
