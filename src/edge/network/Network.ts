import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Address, Subnet } from "../../core/network/Address.js"
import type { Allocated } from "../../core/network/Allocation.js"
import type { Walls } from "../../core/network/Firewall.js"
import type { Protocol } from "../../core/network/PortSpec.js"
import type { NetworkError } from "./NetworkError.js"

/** A bridge, and the host's addresses on it. */
export interface BridgeRequest {
  readonly name: string
  readonly addresses: ReadonlyArray<Allocated>
  /** Bytes. */
  readonly mtu: number
}

/** A pair of links between a bridge and the network namespace of a process. */
export interface LinkRequest {
  readonly bridge: string
  /** The host's end. */
  readonly link: string
  /** The process's end. */
  readonly interface: string
  readonly pid: number
  readonly mac: Uint8Array
  readonly addresses: ReadonlyArray<Allocated>
  /** Where the default routes lead; empty leaves the routes alone. */
  readonly gateways: ReadonlyArray<Address>
  readonly mtu: number
}

/** A port of the host to be kept for a container. */
export interface PortToHold {
  readonly protocol: Protocol
  readonly address: Address
  /** 0: any that is free. */
  readonly port: number
}

/** A held port, and the descriptor that holds it: nobody else gets the port while a process has it open. */
export interface HeldPort {
  readonly port: number
  readonly descriptor: number
}

/**
 * The kernel's links, addresses, routes and firewall, as far as containers need them.
 *
 * Guarantees: what is there already is left as it is (every method may be repeated); the firewall is one table of our own
 * and changes as a whole; nothing of other programs' is touched.
 */
export class Network extends Context.Tag("kasane/edge/network/Network")<
  Network,
  {
    /** Makes a bridge, or finds it, and lets the host forward packets. */
    readonly provideBridge: (bridge: BridgeRequest) => Effect.Effect<void, NetworkError>
    /** Removes a bridge; its being gone is no failure. */
    readonly removeBridge: (name: string) => Effect.Effect<void, NetworkError>
    /** Connects the namespace of a process to a bridge, and configures its end. */
    readonly connect: (link: LinkRequest) => Effect.Effect<void, NetworkError>
    /** Removes the host's ends of links, and with them the others; those that are gone are no failure. */
    readonly disconnect: (links: ReadonlyArray<string>) => Effect.Effect<void, NetworkError>
    /** Makes the firewall what it has to be; without networks and ports there is no table. */
    readonly wall: (walls: Walls) => Effect.Effect<void, NetworkError>
    /** The subnets that this host has routes to, but by that link. */
    readonly routedBut: (link: string) => Effect.Effect<ReadonlyArray<Subnet>, NetworkError>
    /** Has the default routes of a process's namespace lead over a link of it. */
    readonly route: (
      pid: number,
      link: string,
      gateways: ReadonlyArray<Address>
    ) => Effect.Effect<void, NetworkError>
    /** Keeps a port from everybody else until the scope closes, and as long as a process has the descriptor. `Busy`. */
    readonly hold: (port: PortToHold) => Effect.Effect<HeldPort, NetworkError, Scope.Scope>
  }
>() {}
