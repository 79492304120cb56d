import * as Schema from "effect/Schema"

const Text = Schema.optional(Schema.String)

/** How a container is to be connected to a network, as a user wrote it. */
export const Connection = Schema.Struct({
  /** Name or id. */
  network: Schema.String,
  aliases: Schema.Array(Schema.String),
  ip: Text,
  ip6: Text,
  mac: Text,
  /** `name:alias` or `name`: what this container calls others. */
  links: Schema.Array(Schema.String)
})
export type Connection = typeof Connection.Type

/** What changed since a container was made. */
export const Connections = Schema.Struct({
  added: Schema.Array(Connection),
  /** Ids of networks. */
  removed: Schema.Array(Schema.String)
})
export type Connections = typeof Connections.Type

export const unchanged: Connections = { added: [], removed: [] }

/** A connection that asks for nothing but the network. */
export const plain = (network: string): Connection => ({ network, aliases: [], links: [] })
