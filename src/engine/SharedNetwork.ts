import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import * as Resolve from "../core/container/Resolve.js"
import type { ContainerPaths } from "../core/store/LayoutPaths.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import { conflict } from "./EngineError.js"

/** A container as others on its network know it: its options with the names, and the files, of the network's owner. */
export interface Known {
  readonly options: ContainerOptions
  readonly paths: Pick<ContainerPaths, "hosts" | "hostname" | "resolvConf">
  /** The container that has the network, where that is another one. */
  readonly owner: StoredContainer | undefined
}

/**
 * Whose names and files a container has: its own, or, with `--network container:…`, those of the container at the end of the chain.
 * Docker's texts. Source: moby, daemon/container_operations.
 */
export const known = (container: StoredContainer, options: ContainerOptions) =>
  Effect.gen(function* () {
    const store = yield* ContainerStore
    const seen = new Set([container.record.id])
    let owner = container
    let chosen = options
    let { network } = options
    while (chosen.network._tag === "Container") {
      owner = yield* store.resolve(chosen.network.container)
      if (seen.has(owner.record.id)) return yield* conflict("cannot join own network")
      seen.add(owner.record.id)
      if (seen.size === 2) network = { ...chosen.network, container: owner.record.id }
      chosen = yield* ContainerRequest.options(owner.record)
    }
    if (owner === container) return { options, paths: container.paths, owner: undefined } satisfies Known
    const hostname = Resolve.hostnameOf(chosen, yield* (yield* HostProbe).host, owner.record.id)
    const { domainname } = chosen
    return {
      options: { ...options, network, hostname, domainname },
      paths: owner.paths,
      owner
    } satisfies Known
  })
