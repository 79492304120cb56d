import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import * as Address from "../core/network/Address.js"
import * as Allocation from "../core/network/Allocation.js"
import type { Connection } from "../core/network/Connections.js"
import * as Life from "../core/network/Life.js"
import * as MacAddress from "../core/network/MacAddress.js"
import * as NetworkName from "../core/network/NetworkName.js"
import * as NetworkPlan from "../core/network/NetworkPlan.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import * as PortSpec from "../core/network/PortSpec.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { Randomness } from "../edge/host/Randomness.js"
import { Network } from "../edge/network/Network.js"
import { RuntimeError } from "../edge/runtime/RuntimeError.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { invalid } from "./EngineError.js"
import * as HoldPorts from "./HoldPorts.js"
import * as LivingNetworks from "./LivingNetworks.js"
import * as Networks from "./Networks.js"

/** A network that a container is to be in, and how. */
export interface Wanted {
  readonly record: NetworkRecord.NetworkRecord
  readonly connection: Connection
}

/** What a container's start needs so that it has its networks before its command runs. */
export interface Joining {
  readonly held: ReadonlyArray<number>
  readonly prepare: (pid: number) => Effect.Effect<void, RuntimeError>
}

/** The networks of a container: those that it was made with, as `network connect` and `disconnect` left them. */
export const wanted = (container: string, connections: ReadonlyArray<Connection>) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    yield* Networks.all
    const changed = yield* store.connections(container)
    const found = yield* Effect.forEach([...connections, ...changed.added], (connection) =>
      Effect.map(store.resolve(connection.network), (record): Wanted => ({ record, connection }))
    )
    return found.filter(({ record }) => !changed.removed.includes(record.id))
  })

/** Where an address comes from: the pool of its family. */
const allocateIn = ({ record, connection }: Wanted, lives: ReadonlyArray<Life.Life>) =>
  Effect.gen(function* () {
    const used = Life.used(lives, record.id)
    const name = `${record.name} (${record.id})`
    return yield* Effect.forEach(record.pools, (pool) => {
      const isIpv6 = pool.subnet.includes(":")
      const asked = isIpv6 ? connection.ip6 : connection.ip
      const address = asked === undefined ? undefined : Address.parse(asked)
      return Allocation.allocate(pool, used, address, name)
    })
  })

const checkAsked = ({ record, connection }: Wanted) => {
  const { ip, ip6, aliases } = connection
  const isDefault = NetworkRecord.isPredefined(record.name)
  if (isDefault && (ip !== undefined || ip6 !== undefined))
    return invalid("user specified IP address is supported on user defined networks only")
  if (isDefault && aliases.length > 0)
    return invalid("network-scoped alias is supported only for containers in user defined networks")
  return Effect.void
}

/** One end in a network, decided but not made. */
const endpointOf = (one: Wanted, index: number, lives: ReadonlyArray<Life.Life>) =>
  Effect.gen(function* () {
    yield* checkAsked(one)
    const { record, connection } = one
    const id = yield* (yield* Randomness).id
    const allocated = yield* allocateIn(one, lives)
    const [first] = allocated
    const mac = connection.mac ?? (first && MacAddress.show(MacAddress.ofAddress(first.address))) ?? ""
    const endpoint: Life.Endpoint = {
      id,
      network: record.id,
      networkName: record.name,
      link: NetworkName.link(id),
      interface: `eth${index}`,
      mac,
      addresses: allocated.map(({ address, prefix }) => `${Address.show(address)}/${prefix}`),
      gateways: record.internal ? [] : record.pools.flatMap(({ gateway }) => gateway ?? []),
      aliases: connection.aliases
    }
    return { endpoint, allocated }
  })

const addresses = (texts: ReadonlyArray<string>): ReadonlyArray<Address.Address> =>
  texts.flatMap((text) => Address.parse(text) ?? [])

/** A network's bridge with the host's addresses on it. */
export const provideBridge = (record: NetworkRecord.NetworkRecord) =>
  Effect.gen(function* () {
    const hosts = record.pools.flatMap(({ subnet, gateway }) => {
      const found = Address.parseCidr(subnet)
      const address = gateway === undefined ? undefined : Address.parse(gateway)
      return found._tag === "Right" && address !== undefined
        ? [{ address, prefix: found.right.subnet.prefix }]
        : []
    })
    yield* (yield* Network).provideBridge({
      name: record.bridge,
      addresses: hosts,
      mtu: NetworkRecord.mtu(record)
    })
  })

/** Makes the links of an endpoint. `isMain`: its gateways are the container's. */
export const connect = (
  record: NetworkRecord.NetworkRecord,
  {
    endpoint,
    allocated
  }: { readonly endpoint: Life.Endpoint; readonly allocated: ReadonlyArray<Allocation.Allocated> },
  pid: number,
  isMain: boolean
) =>
  Effect.gen(function* () {
    yield* provideBridge(record)
    yield* (yield* Network).connect({
      bridge: record.bridge,
      link: endpoint.link,
      interface: endpoint.interface,
      pid,
      mac: MacAddress.parse(endpoint.mac) ?? new Uint8Array(6),
      addresses: allocated,
      gateways: isMain ? addresses(endpoint.gateways) : [],
      mtu: NetworkRecord.mtu(record)
    })
  })

const setUp = (
  container: StoredContainer,
  hostname: string,
  networks: ReadonlyArray<Wanted>,
  published: ReadonlyArray<Life.Published>,
  pid: number
) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    yield* store.lock
    const swept = yield* LivingNetworks.sweep(container.record.id)
    const made = yield* Effect.forEach(networks, (one, index) => endpointOf(one, index, swept.alive))
    const life: Life.Life = {
      container: container.record.id,
      name: container.record.name,
      hostname,
      process: yield* (yield* ContainerStore).identify(pid),
      endpoints: made.map(({ endpoint }) => endpoint),
      published
    }
    const main = NetworkPlan.mainEndpoint(
      life.endpoints,
      networks.map(({ record }) => record)
    )
    yield* store.setLife(life)
    for (const [index, { record }] of networks.entries()) {
      const one = made[index]
      if (one !== undefined) yield* connect(record, one, pid, one.endpoint === main)
    }
    yield* LivingNetworks.tidy({ alive: [...swept.alive, life], left: swept.left })
    const lines = life.endpoints
      .flatMap(Life.addressesOf)
      .map((address) => `${Address.show(address)}\t${hostname}\n`)
    yield* (yield* ContainerFiles).appendHosts(container.paths, lines.join(""))
  }).pipe(
    Effect.tapError(() =>
      Effect.ignore(Effect.flatMap(LivingNetworks.sweep(container.record.id), LivingNetworks.tidy))
    ),
    Effect.scoped
  )

const asRuntimeError = (error: { readonly message: string }): RuntimeError =>
  new RuntimeError({ reason: "Setup", exitCode: 125, message: error.message, cause: error })

/** Takes a container's ports and says how it gets its networks; undefined for one that needs none of its own. */
export const join = (container: StoredContainer, options: ContainerOptions, hostname: string) =>
  Effect.gen(function* () {
    const networks = yield* wanted(container.record.id, options.connections)
    const { record } = container
    const exposed = Object.keys(record.config.ExposedPorts ?? {})
    const requests = PortSpec.wanted(options.publish, exposed, options.publishAll)
    const kept = yield* HoldPorts.hold(requests, `${record.name} (${record.id})`)
    const context = yield* Effect.context<Effect.Effect.Context<ReturnType<typeof setUp>>>()
    const joining: Joining = {
      held: kept.map(({ descriptor }) => descriptor),
      prepare: (pid) =>
        setUp(
          container,
          hostname,
          networks,
          kept.map(({ published }) => published),
          pid
        ).pipe(Effect.mapError(asRuntimeError), Effect.provide(context))
    }
    return joining
  })
