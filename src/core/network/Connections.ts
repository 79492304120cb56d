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
  removed: Schema.Array(Schema.String),
  /** The networks that the container asked for when it was changed. */
  asked: Schema.optional(Schema.Array(Schema.String))
})
export type Connections = typeof Connections.Type

export const unchanged: Connections = { added: [], removed: [] }

const namesOf = (asked: ReadonlyArray<Connection>): ReadonlyArray<string> =>
  asked.map(({ network }) => network)

/** What still holds of a change: nothing once the container asks for other networks. */
export const since = (changed: Connections, asked: ReadonlyArray<Connection>): Connections => {
  const names = namesOf(asked)
  const before = changed.asked ?? names
  return before.length === names.length && before.every((name, index) => name === names[index])
    ? changed
    : unchanged
}

/** A change to what a container asks for now. */
export const change = (
  { added, removed }: Pick<Connections, "added" | "removed">,
  asked: ReadonlyArray<Connection>
): Connections => ({ added, removed, asked: namesOf(asked) })

/** A connection that asks for nothing but the network. */
export const plain = (network: string): Connection => ({ network, aliases: [], links: [] })
