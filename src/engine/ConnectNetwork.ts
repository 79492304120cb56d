import { partition } from "effect/Array"
import * as Effect from "effect/Effect"
import * as NetworkFiles from "../core/container/NetworkFiles.js"
import * as Address from "../core/network/Address.js"
import * as Connections from "../core/network/Connections.js"
import * as Life from "../core/network/Life.js"
import * as NetworkPlan from "../core/network/NetworkPlan.js"
import type { NetworkRecord } from "../core/network/NetworkRecord.js"
import * as NetworkEvents from "../core/store/NetworkEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Network } from "../edge/network/Network.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import * as ContainerRequest from "./ContainerRequest.js"
import * as Endpoints from "./Endpoints.js"
import { conflict, invalid } from "./EngineError.js"
import * as LivingNetworks from "./LivingNetworks.js"
import * as NetworkNames from "./NetworkNames.js"
import * as Networks from "./Networks.js"
import * as WantedNetworks from "./WantedNetworks.js"

/** Networks can be changed where there are bridges. */
const needsBridges = Effect.gen(function* () {
  const { network } = yield* (yield* HostProbe).host
  if (network !== "bridge")
    return yield* invalid(
      "connecting and disconnecting need bridges, which only root (with CAP_NET_ADMIN) can make"
    )
})

/** The container, if it can be in networks at all. */
const connectable = (text: string, record: NetworkRecord) =>
  Effect.gen(function* () {
    const container = yield* (yield* ContainerStore).resolve(text)
    const options = yield* ContainerRequest.options(container.record)
    const { _tag: mode } = options.network
    if (record.driver === "null" || mode === "None")
      return yield* invalid(
        "container cannot be connected to multiple networks with one of the networks in private (none) mode"
      )
    if (record.driver === "host" || options.connections.length === 0)
      return yield* invalid(
        "container sharing network namespace with another container or host cannot be connected to any other network"
      )
    return { container, options }
  })

/** The first name for a link that the container does not have. */
const freeInterface = (endpoints: ReadonlyArray<Life.Endpoint>): string => {
  const taken = new Set(endpoints.map((endpoint) => endpoint.interface))
  let index = 0
  while (taken.has(`eth${index}`)) index++
  return `eth${index}`
}

/** Adds an end to what a running container has. */
const connectLife = (
  life: Life.Life,
  { record: container, paths }: StoredContainer,
  wanted: WantedNetworks.Wanted,
  all: ReadonlyArray<WantedNetworks.Wanted>
) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    const files = yield* ContainerFiles
    const options = yield* ContainerRequest.options(container)
    const alive = yield* LivingNetworks.sweep()
    // Who connected it before died half way.
    const [halves, others] = partition(life.endpoints, ({ network }) => network !== wanted.record.id)
    if (halves.length > 0) yield* (yield* Network).disconnect(halves.map(({ link }) => link))
    const made = yield* Endpoints.decide(wanted, freeInterface(others), alive)
    const { resolver } = yield* NetworkNames.namesOn(all, options)
    const endpoints = [...others, made.endpoint]
    const after: Life.Life = { ...life, endpoints, ...(resolver === undefined ? {} : { resolver }) }
    const main = NetworkPlan.mainEndpoint(
      endpoints,
      all.map(({ record }) => record)
    )
    yield* store.setLife(after)
    yield* Endpoints.connect(made, life.process.pid, made.endpoint === main)
    yield* LivingNetworks.tidy(alive.map((one) => (one.container === life.container ? after : one)))
    const lines = Life.addressesOf(made.endpoint).map(
      (address) => `${Address.show(address)}\t${life.hostname}\n`
    )
    yield* files.appendHosts(paths, lines.join(""))
    if (life.resolver === undefined && resolver !== undefined) {
      const resolvConf = yield* (yield* HostProbe).text("/etc/resolv.conf")
      yield* files.writeResolvers(paths, NetworkFiles.resolvers(options, { network: "resolver", resolvConf }))
    }
  })

/** Connects a container to a network: at once if it runs, and from its next start on. */
export const connectNetwork = (
  network: string,
  text: string,
  asked: Omit<Connections.Connection, "network">
) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* NetworkStore
      yield* needsBridges
      yield* Networks.all
      yield* store.lock
      const record = yield* store.resolve(network)
      const { container, options } = yield* connectable(text, record)
      const { id } = container.record
      const before = yield* WantedNetworks.wanted(id, options.connections)
      if (before.some((one) => one.record.id === record.id))
        return yield* conflict(
          `endpoint with name ${container.record.name} already exists in network ${record.name}`
        )
      const wanted: WantedNetworks.Wanted = { record, connection: { ...asked, network: record.id } }
      const life = yield* LivingNetworks.lifeOf(id)
      if (life !== undefined) yield* connectLife(life, container, wanted, [...before, wanted])
      const { added, removed } = Connections.since(yield* store.connections(id), options.connections)
      const after = { added: [...added, wanted.connection], removed }
      yield* store.setConnections(id, Connections.change(after, options.connections))
      yield* tell(NetworkEvents.of("connect", record, id))
    })
  )

/** Takes the end in a network from what a running container has. */
const disconnectLife = (
  life: Life.Life,
  { paths }: StoredContainer,
  record: NetworkRecord,
  rest: ReadonlyArray<WantedNetworks.Wanted>
) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    const network = yield* Network
    const alive = yield* LivingNetworks.sweep()
    const [endpoints, gone] = partition(life.endpoints, (one) => one.network === record.id)
    const after: Life.Life = { ...life, endpoints }
    yield* network.disconnect(gone.map(({ link }) => link))
    yield* store.setLife(after)
    const main = NetworkPlan.mainEndpoint(
      endpoints,
      rest.map((one) => one.record)
    )
    if (main !== undefined) yield* network.route(life.process.pid, main.interface, Endpoints.gatewaysOf(main))
    yield* LivingNetworks.tidy(
      alive.map((one) => (one.container === life.container ? after : one)),
      [record.id]
    )
    const addresses = gone.flatMap(Life.addressesOf).map(Address.show)
    yield* (yield* ContainerFiles).dropHosts(paths, addresses)
  })

/** Disconnects a container from a network, now and from its next start on. */
export const disconnectNetwork = (network: string, text: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const store = yield* NetworkStore
      yield* needsBridges
      yield* Networks.all
      yield* store.lock
      const record = yield* store.resolve(network)
      const container = yield* (yield* ContainerStore).resolve(text)
      const options = yield* ContainerRequest.options(container.record)
      const { id, name } = container.record
      if (record.driver === "host")
        return yield* invalid(
          "container cannot be disconnected from host network or connected to host network"
        )
      const before = yield* WantedNetworks.wanted(id, options.connections)
      const life = yield* LivingNetworks.lifeOf(id)
      const isIn =
        before.some((one) => one.record.id === record.id) ||
        life?.endpoints.some((endpoint) => endpoint.network === record.id) === true
      if (!isIn) return yield* conflict(`container ${id} is not connected to network ${record.name}`)
      const rest = before.filter((one) => one.record.id !== record.id)
      if (life !== undefined) yield* disconnectLife(life, container, record, rest)
      const { added, removed } = Connections.since(yield* store.connections(id), options.connections)
      const after = {
        added: added.filter((one) => one.network !== record.id),
        removed: [...removed.filter((one) => one !== record.id), record.id]
      }
      yield* store.setConnections(id, Connections.change(after, options.connections))
      yield* tell(NetworkEvents.of("disconnect", record, id))
      return name
    })
  )
