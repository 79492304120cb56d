import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import * as NetworkFiles from "../core/container/NetworkFiles.js"
import type * as Life from "../core/network/Life.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import * as PortSpec from "../core/network/PortSpec.js"
import * as NetworkEvents from "../core/store/NetworkEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Randomness } from "../edge/host/Randomness.js"
import { type Carrying, resolverOf, UserNetwork } from "../edge/network/UserNetwork.js"
import { RuntimeError } from "../edge/runtime/RuntimeError.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { invalid } from "./EngineError.js"
import * as HoldPorts from "./HoldPorts.js"
import type { Joining } from "./JoinNetworks.js"
import * as LivingNetworks from "./LivingNetworks.js"
import * as WantedNetworks from "./WantedNetworks.js"

type Means = Carrying["means"]

/** The one network there is without bridges. */
const theNetwork = (container: string, options: ContainerOptions) =>
  Effect.gen(function* () {
    const [wanted] = yield* WantedNetworks.wanted(container, options.connections)
    const asked = options.connections[0]
    if (wanted === undefined || asked === undefined) return yield* invalid("the container is in no network")
    if (!NetworkRecord.isPredefined(wanted.record.name))
      return yield* invalid(`network ${wanted.record.name} needs a bridge, which only root can make`)
    if (asked.ip !== undefined || asked.ip6 !== undefined)
      return yield* invalid("user specified IP address is supported on user defined networks only")
    if (asked.aliases.length > 0)
      return yield* invalid("network-scoped alias is supported only for containers in user defined networks")
    if (asked.links.length > 0)
      return yield* invalid("containers of an ordinary user share no network that a link could lead over")
    return wanted
  })

const asksLoopback = (options: Pick<ContainerOptions, "dns">) =>
  Effect.gen(function* () {
    const text = (yield* (yield* HostProbe).text("/etc/resolv.conf")) ?? ""
    const servers = options.dns.length > 0 ? options.dns : NetworkFiles.nameservers(text)
    return servers.length > 0 && servers.every(NetworkFiles.isLoopback)
  })

/** How such a container finds names, and its host. */
export const namesIn = (options: ContainerOptions, means: Means) =>
  Effect.gen(function* () {
    if (options.extraHosts.some((entry) => entry.endsWith("host-gateway")))
      return yield* invalid(
        `host-gateway has no address here: through ${means} a container cannot reach its host's loopback; give an address that the host has on a network`
      )
    const isForwarded = yield* asksLoopback(options)
    return isForwarded
      ? { network: "resolver" as const, gateway: "", resolver: resolverOf(means) }
      : { network: "own" as const, gateway: "" }
  })

const asRuntimeError = (error: { readonly message: string }): RuntimeError =>
  new RuntimeError({ reason: "Setup", exitCode: 125, message: error.message, cause: error })

/** How an ordinary user's container gets its network: a program of the user's carries its packets and listens at its ports. */
export const join = (container: StoredContainer, options: ContainerOptions, hostname: string, means: Means) =>
  Effect.gen(function* () {
    const { record } = container
    const { record: network, connection } = yield* theNetwork(record.id, options)
    const exposed = Object.keys(record.config.ExposedPorts ?? {})
    const requests = PortSpec.wanted(options.publish, exposed, options.publishAll)
    // Taken to choose them and to tell who has them, and given up again for the program that will listen.
    const kept = yield* Effect.scoped(HoldPorts.hold(requests, `${record.name} (${record.id})`, undefined))
    const published = kept.map((one) => one.published)
    const forwardNames = yield* asksLoopback(options)
    const setUp = (pid: number) =>
      Effect.gen(function* () {
        const store = yield* NetworkStore
        const programs = yield* UserNetwork
        yield* store.lock
        yield* LivingNetworks.sweep(record.id)
        const endpoint: Life.Endpoint = {
          id: yield* (yield* Randomness).id,
          network: network.id,
          networkName: network.name,
          link: "",
          interface: "eth0",
          mac: connection.mac ?? "",
          addresses: [],
          gateways: [],
          aliases: [],
          links: []
        }
        yield* store.setLife({
          container: record.id,
          name: record.name,
          hostname,
          process: yield* (yield* ContainerStore).identify(pid),
          helper: means,
          endpoints: [endpoint],
          published
        })
        yield* programs.carry(record.id, { means, pid, published, mac: connection.mac, forwardNames })
        yield* (yield* ContainerFiles).appendHosts(container.paths, `127.0.1.1\t${hostname}\n`)
        yield* tell(NetworkEvents.ofEndpoint("connect", endpoint, record.id))
      }).pipe(
        Effect.tapError(() => Effect.ignore(LivingNetworks.sweep(record.id))),
        Effect.scoped
      )
    const context = yield* Effect.context<Effect.Effect.Context<ReturnType<typeof setUp>>>()
    const joining: Joining = {
      held: [],
      prepare: (pid) => setUp(pid).pipe(Effect.mapError(asRuntimeError), Effect.provide(context))
    }
    return joining
  })
