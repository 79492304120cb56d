import * as Schema from "effect/Schema"
import * as Address from "./Address.js"

/** Which process it is, beyond the reuse of its pid. */
const Identity = Schema.Struct({ bootId: Schema.String, pid: Schema.Int, startTicks: Schema.String })

/** One end of a container in a network. */
export const Endpoint = Schema.Struct({
  /** 64 hexadecimal digits. */
  id: Schema.String,
  network: Schema.String,
  networkName: Schema.String,
  /** The host's end of the pair of links; empty where there is none. */
  link: Schema.String,
  /** What the container calls its end. */
  interface: Schema.String,
  mac: Schema.String,
  /** `172.17.0.2/16` */
  addresses: Schema.Array(Schema.String),
  gateways: Schema.Array(Schema.String),
  /** What others on the network may call the container, besides its name and its short id. */
  aliases: Schema.Array(Schema.String),
  /** `name:alias`: what the container calls others. */
  links: Schema.Array(Schema.String)
})
export type Endpoint = typeof Endpoint.Type

/** A port of the host that leads to the container. */
export const Published = Schema.Struct({
  protocol: Schema.Literal("tcp", "udp", "sctp"),
  /** `0.0.0.0`: every one. */
  hostAddress: Schema.String,
  hostPort: Schema.Int,
  port: Schema.Int
})
export type Published = typeof Published.Type

/**
 * What one life of a container has of the network, as `networks/lives/<container id>.json` keeps it: written before any of it is
 * made, so that whoever finds the process gone can undo it.
 */
export const Life = Schema.Struct({
  container: Schema.String,
  name: Schema.String,
  /** What /etc/hosts calls it: with a domain name the long form, a space, the short form. */
  hostname: Schema.String,
  process: Identity,
  /** The program that carries a user's packets; undefined for bridges. */
  helper: Schema.optional(Schema.Literal("pasta", "slirp4netns")),
  endpoints: Schema.Array(Endpoint),
  published: Schema.Array(Published),
  /** Whom the engine's resolver asks for names that it does not know; undefined where there is no such resolver. */
  resolver: Schema.optional(Schema.Array(Schema.String))
})
export type Life = typeof Life.Type

/** The addresses of an endpoint without their subnets' sizes. */
export const addressesOf = (endpoint: Endpoint): ReadonlyArray<Address.Address> =>
  endpoint.addresses.flatMap((text) => Address.parse(text.replace(/\/.*/, "")) ?? [])

/** Every address in a network that a container has. */
export const used = (lives: ReadonlyArray<Life>, network: string): ReadonlyArray<Address.Address> =>
  lives
    .flatMap(({ endpoints }) => endpoints)
    .filter((endpoint) => endpoint.network === network)
    .flatMap(addressesOf)
