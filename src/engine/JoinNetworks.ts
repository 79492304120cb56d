import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import * as Address from "../core/network/Address.js"
import * as Life from "../core/network/Life.js"
import * as NetworkPlan from "../core/network/NetworkPlan.js"
import * as PortSpec from "../core/network/PortSpec.js"
import * as NetworkEvents from "../core/store/NetworkEvents.js"
import { ContainerFiles } from "../edge/host/ContainerFiles.js"
import { RuntimeError } from "../edge/runtime/RuntimeError.js"
import { ContainerStore, type StoredContainer } from "../edge/store/ContainerStore.js"
import { tell } from "../edge/store/Events.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import * as Endpoints from "./Endpoints.js"
import * as HoldPorts from "./HoldPorts.js"
import * as LivingNetworks from "./LivingNetworks.js"
import * as NetworkNames from "./NetworkNames.js"
import * as WantedNetworks from "./WantedNetworks.js"

/** What a container's start needs so that it has its networks before its command runs. */
export interface Joining {
  readonly held: ReadonlyArray<number>
  readonly prepare: (pid: number) => Effect.Effect<void, RuntimeError>
}

/** What is decided about a life before there is a process. */
interface Plan {
  readonly container: StoredContainer
  readonly hostname: string
  readonly networks: ReadonlyArray<WantedNetworks.Wanted>
  readonly published: ReadonlyArray<Life.Published>
  readonly resolver: ReadonlyArray<string> | undefined
}

/** Lines of /etc/hosts: the container's own name, and those that it gave others on the default network. */
const hostsLines = (life: Life.Life, lives: ReadonlyArray<Life.Life>): string =>
  [
    ...NetworkNames.linkedHosts(life, lives),
    ...life.endpoints.flatMap(Life.addressesOf).map((address) => `${Address.show(address)}\t${life.hostname}`)
  ]
    .map((line) => `${line}\n`)
    .join("")

/** Makes what a life has of the network, around the process that waits at its gate. */
const setUp = (plan: Plan, pid: number) =>
  Effect.gen(function* () {
    const { container, networks } = plan
    const store = yield* NetworkStore
    yield* store.lock
    const alive = yield* LivingNetworks.sweep(container.record.id)
    const made: Array<Endpoints.Decided> = []
    for (const [index, one] of networks.entries())
      made.push(yield* Endpoints.decide(one, `eth${index}`, alive))
    const life: Life.Life = {
      container: container.record.id,
      name: container.record.name,
      hostname: plan.hostname,
      process: yield* (yield* ContainerStore).identify(pid),
      endpoints: made.map(({ endpoint }) => endpoint),
      published: plan.published,
      ...(plan.resolver === undefined ? {} : { resolver: plan.resolver })
    }
    yield* NetworkNames.checkLinks(life, alive)
    const main = NetworkPlan.mainEndpoint(
      life.endpoints,
      made.map(({ record }) => record)
    )
    yield* store.setLife(life)
    for (const one of made) yield* Endpoints.connect(one, pid, one.endpoint === main)
    yield* LivingNetworks.tidy([...alive, life])
    yield* (yield* ContainerFiles).appendHosts(container.paths, hostsLines(life, alive))
    for (const endpoint of life.endpoints)
      yield* tell(NetworkEvents.ofEndpoint("connect", endpoint, life.container))
    return life
  }).pipe(
    Effect.tapError(() => Effect.ignore(LivingNetworks.sweep(plan.container.record.id))),
    Effect.scoped
  )

const asRuntimeError = (error: { readonly message: string }): RuntimeError =>
  new RuntimeError({ reason: "Setup", exitCode: 125, message: error.message, cause: error })

/**
 * Takes a container's ports, until the scope closes, and says how it gets its networks. Names are kept in `relaying`, the
 * scope of whoever relays its streams.
 */
export const join = (
  container: StoredContainer,
  options: ContainerOptions,
  hostname: string,
  relaying: Scope.Scope
) =>
  Effect.gen(function* () {
    const { record } = container
    const networks = yield* WantedNetworks.wanted(record.id, options.connections)
    const exposed = Object.keys(record.config.ExposedPorts ?? {})
    const requests = PortSpec.wanted(options.publish, exposed, options.publishAll)
    const main = networks.find((one) => !one.record.internal)
    const hasIpv6 = main?.record.pools.some(({ subnet }) => subnet.includes(":")) ?? false
    const kept = yield* HoldPorts.hold(requests, `${record.name} (${record.id})`, hasIpv6)
    const published = kept.map((one) => one.published)
    const { resolver } = yield* NetworkNames.namesOn(networks, options)
    const plan: Plan = { container, hostname, networks, published, resolver }
    const begin = (pid: number) =>
      Effect.flatMap(setUp(plan, pid), (life) => Scope.extend(NetworkNames.serve(life), relaying))
    const context = yield* Effect.context<Effect.Effect.Context<ReturnType<typeof begin>>>()
    const joining: Joining = {
      held: kept.map(({ descriptor }) => descriptor),
      prepare: (pid) => begin(pid).pipe(Effect.mapError(asRuntimeError), Effect.provide(context))
    }
    return joining
  })
