import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { HostNetworkFiles } from "../core/container/NetworkFiles.js"
import * as NetworkFiles from "../core/container/NetworkFiles.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import type { StoredContainer } from "../edge/store/ContainerStore.js"
import * as JoinNetworks from "./JoinNetworks.js"

/**
 * How a container on networks of ours finds names: through the engine's resolver on networks that people made, and where the
 * host's own resolvers listen on its loopback only; else by the host's resolvers directly.
 */
export const namesIn = (container: StoredContainer, options: ContainerOptions) =>
  Effect.gen(function* () {
    const networks = yield* JoinNetworks.wanted(container.record.id, options.connections)
    const text = (yield* (yield* HostProbe).text("/etc/resolv.conf")) ?? ""
    const servers = options.dns.length > 0 ? options.dns : NetworkFiles.nameservers(text)
    const isUserDefined = networks.some(({ record }) => !NetworkRecord.isPredefined(record.name))
    const names: Pick<HostNetworkFiles, "network" | "gateway"> = {
      network: isUserDefined || servers.every(NetworkFiles.isLoopback) ? "resolver" : "own",
      gateway: networks[0]?.record.pools[0]?.gateway ?? "127.0.0.1"
    }
    return names
  })
