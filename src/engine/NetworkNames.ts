import * as Effect from "effect/Effect"
import type { ContainerOptions } from "../core/container/ContainerOptions.js"
import type { HostNetworkFiles } from "../core/container/NetworkFiles.js"
import * as NetworkFiles from "../core/container/NetworkFiles.js"
import * as Address from "../core/network/Address.js"
import type { Connection } from "../core/network/Connections.js"
import type { Question } from "../core/network/DnsMessage.js"
import * as Life from "../core/network/Life.js"
import * as Names from "../core/network/Names.js"
import * as NetworkRecord from "../core/network/NetworkRecord.js"
import { HostProbe } from "../edge/host/HostProbe.js"
import { Resolver } from "../edge/network/Resolver.js"
import { NetworkStore } from "../edge/store/NetworkStore.js"
import { invalid } from "./EngineError.js"
import * as LivingNetworks from "./LivingNetworks.js"
import { type Wanted, wanted } from "./WantedNetworks.js"

/**
 * How a container on these networks finds names: through the engine's resolver on networks that people made, and where the
 * host's own resolvers listen on its loopback only; else by the host's resolvers directly. `resolver` is whom ours asks.
 */
export const namesOn = (networks: ReadonlyArray<Wanted>, options: Pick<ContainerOptions, "dns">) =>
  Effect.gen(function* () {
    const text = (yield* (yield* HostProbe).text("/etc/resolv.conf")) ?? ""
    const servers = options.dns.length > 0 ? options.dns : NetworkFiles.nameservers(text)
    const isUserDefined = networks.some(({ record }) => !NetworkRecord.isPredefined(record.name))
    const leadsOut = networks.some(({ record }) => !record.internal)
    const isOurs = isUserDefined || (servers.length > 0 && servers.every(NetworkFiles.isLoopback))
    return { resolver: isOurs ? (leadsOut ? servers : []) : undefined }
  })

/** The same as the container's files tell it. */
export const namesIn = (
  container: string,
  connections: ReadonlyArray<Connection>,
  options: ContainerOptions
) =>
  Effect.gen(function* () {
    const networks = yield* wanted(container, connections)
    const { resolver } = yield* namesOn(networks, options)
    const names: Pick<HostNetworkFiles, "network" | "gateway"> = {
      network: resolver === undefined ? "own" : "resolver",
      gateway: networks[0]?.record.pools[0]?.gateway ?? "127.0.0.1"
    }
    return names
  })

/** The links of the default network: their names, and the endpoint that they lead to. */
const linksOf = (life: Life.Life, lives: ReadonlyArray<Life.Life>) =>
  life.endpoints
    .filter(({ networkName }) => NetworkRecord.isPredefined(networkName))
    .flatMap(({ network, links }) =>
      links.map((link) => {
        const [name, alias] = Names.splitLink(link)
        const target = lives.find((other) => other.name === name || other.container.startsWith(name))
        return { name, alias, target, endpoint: target?.endpoints.find((one) => one.network === network) }
      })
    )

/** On the default network a link's other end must run when it is made. */
export const checkLinks = (life: Life.Life, lives: ReadonlyArray<Life.Life>) => {
  const broken = linksOf(life, lives).find(({ endpoint }) => endpoint === undefined)
  return broken === undefined
    ? Effect.void
    : invalid(`Cannot link to a non running container: /${broken.name} AS /${life.name}/${broken.alias}`)
}

/** Docker writes the links of the default network to /etc/hosts. */
export const linkedHosts = (life: Life.Life, lives: ReadonlyArray<Life.Life>): ReadonlyArray<string> =>
  linksOf(life, lives).flatMap(({ alias, target, endpoint }) =>
    target === undefined || endpoint === undefined
      ? []
      : Life.addressesOf(endpoint).map((address) => {
          const names = new Set([alias, target.hostname, target.name])
          return `${Address.show(address)}\t${[...names].join(" ")}`
        })
  )

/** Answers a living container's questions for names until the scope closes. */
const answer = (life: Life.Life, servers: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Effect.Effect.Context<typeof LivingNetworks.living>>()
    const lookUp = (question: Question) =>
      LivingNetworks.living.pipe(
        Effect.map((lives) => Names.lookUp(lives, life.container, question)),
        // Who cannot look asks others, as if there were no such container.
        Effect.orElseSucceed((): Names.Known => ({ _tag: "Unknown" })),
        Effect.provide(context)
      )
    yield* (yield* Resolver).serve({ pid: life.process.pid, lookUp, servers })
  })

/** The container may be connected to a network with names later, by another command. */
const later = (container: string) =>
  Effect.gen(function* () {
    const store = yield* NetworkStore
    for (;;) {
      const life = yield* store.life(container)
      if (life?.resolver !== undefined) return yield* answer(life, life.resolver)
      yield* store.lifeChanged(container)
    }
  })

const told = (container: string) =>
  Effect.catchAll(({ message }: { readonly message: string }) =>
    Effect.logWarning(`${container}: ${message}`)
  )

/** Answers a living container's questions for names until the scope closes, if or once the engine's resolver is what it asks. */
export const serve = (life: Life.Life) =>
  life.resolver === undefined
    ? Effect.asVoid(Effect.forkScoped(told(life.container)(later(life.container))))
    : answer(life, life.resolver)

/** The same for a container whose relay is gone; without it only its names are missing. */
export const serveAgain = (container: string) =>
  Effect.gen(function* () {
    const life = yield* LivingNetworks.lifeOf(container)
    if (life !== undefined) yield* serve(life)
  }).pipe(told(container))
