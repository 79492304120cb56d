import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { Host } from "../core/container/HostFacts.js"
import * as Connections from "../core/network/Connections.js"
import type * as NetworkRecord from "../core/network/NetworkRecord.js"
import type { SettingsNetwork } from "../core/network/SettingsView.js"
import type { ContainerRecord } from "../core/store/ContainerRecord.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import * as LivingNetworks from "./LivingNetworks.js"

/** The name of the network in place of one of ours: the host's, or none. */
const instead = ({ network }: ContainerOptions, host: Host["network"]): string | undefined => {
  if (network._tag === "Host" || (network._tag === "Default" && host === "host")) return "host"
  return network._tag === "None" ? "none" : undefined
}

/** The networks that a container is in, or will be when it runs, as lists and `inspect` show them. Makes nothing. */
export const seen = (record: ContainerRecord, options: ContainerOptions, host: Host["network"]) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    const known = yield* store.list
    const find = (text: string): NetworkRecord.NetworkRecord | undefined =>
      known.find(({ id, name }) => id === text || name === text)
    const other = instead(options, host)
    if (other !== undefined) {
      const one: SettingsNetwork = { name: other, id: find(other)?.id ?? "", connection: undefined }
      return { networks: [one], life: undefined }
    }
    const changed = Connections.since(yield* store.connections(record.id), options.connections)
    const networks = [...options.connections, ...changed.added].flatMap(
      (connection): ReadonlyArray<SettingsNetwork> => {
        const found = find(connection.network)
        if (found !== undefined && changed.removed.includes(found.id)) return []
        return [{ name: found?.name ?? connection.network, id: found?.id ?? "", connection }]
      }
    )
    return { networks, life: yield* LivingNetworks.lifeOf(record.id) }
  })
