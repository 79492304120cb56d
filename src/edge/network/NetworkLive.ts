import * as Effect from "effect/Effect"
import { Network } from "./Network.js"
import { Resolver } from "./Resolver.js"
import { UserNetwork } from "./UserNetwork.js"

/** What interprets the messages is loaded with the first call: most commands need none of it. */
const linux = Effect.map(
  Effect.promise(() => import("./NetworkLinux.js")),
  ({ service }) => service
)

const later =
  <A extends ReadonlyArray<unknown>, B, E, R>(
    method: (network: Network["Type"]) => (...args: A) => Effect.Effect<B, E, R>
  ) =>
  (...args: A) =>
    Effect.flatMap(linux, (network) => method(network)(...args))

/** This machine's network. */
export const service: Network["Type"] = Network.of({
  provideBridge: later((network) => network.provideBridge),
  removeBridge: later((network) => network.removeBridge),
  connect: later((network) => network.connect),
  disconnect: later((network) => network.disconnect),
  wall: later((network) => network.wall),
  routedBut: later((network) => network.routedBut),
  route: later((network) => network.route),
  hold: later((network) => network.hold)
})

/** Names are answered by sockets that are made when the first container needs them. */
export const resolver: Resolver["Type"] = Resolver.of({
  serve: (resolving) =>
    Effect.flatMap(
      Effect.promise(() => import("./ResolverNode.js")),
      ({ service: node }) => node.serve(resolving)
    )
})

/** An ordinary user's networks; `directory` is where the programs' files are. */
export const userNetwork = (directory: string): UserNetwork["Type"] => {
  const programs = Effect.map(
    Effect.promise(() => import("./UserNetworkPrograms.js")),
    ({ service: made }) => made(directory)
  )
  return UserNetwork.of({
    carry: (container, carrying) => Effect.flatMap(programs, (one) => one.carry(container, carrying)),
    stop: (container) => Effect.flatMap(programs, (one) => one.stop(container))
  })
}
