import * as Schema from "effect/Schema"

const Texts = Schema.Record({ key: Schema.String, value: Schema.String })

/** The addresses of a network: CIDR forms, as the user or the engine chose them. */
export const Pool = Schema.Struct({
  subnet: Schema.String,
  /** The host's own address in it; a bridge without one leads nowhere. */
  gateway: Schema.optional(Schema.String),
  /** Containers get addresses from this part only. */
  ipRange: Schema.optional(Schema.String),
  /** Addresses that something else has, by its name. */
  auxiliary: Texts
})
export type Pool = typeof Pool.Type

/** A network, as `networks/<id>.json` keeps it. `id` is 64 hexadecimal digits, `created` is RFC 3339. */
export const NetworkRecord = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  created: Schema.String,
  driver: Schema.Literal("bridge", "host", "null"),
  /** The name of its bridge; empty for host and null. */
  bridge: Schema.String,
  pools: Schema.Array(Pool),
  /** The engine chose the subnets, and may choose others while nothing uses them. */
  automatic: Schema.Boolean,
  internal: Schema.Boolean,
  attachable: Schema.Boolean,
  ipv6: Schema.Boolean,
  options: Texts,
  labels: Texts
})
export type NetworkRecord = typeof NetworkRecord.Type

/** The networks that every store has, by name. */
export const predefined = { bridge: "bridge", host: "host", null: "none" } as const

export const isPredefined = (name: string): boolean =>
  name === predefined.bridge || name === predefined.host || name === predefined.null

/** Docker's options of the bridge driver. */
export const option = {
  bridgeName: "com.docker.network.bridge.name",
  betweenContainers: "com.docker.network.bridge.enable_icc",
  masquerade: "com.docker.network.bridge.enable_ip_masquerade",
  hostAddress: "com.docker.network.bridge.host_binding_ipv4",
  mtu: "com.docker.network.driver.mtu"
} as const

/** Bytes. */
export const mtu = ({ options }: NetworkRecord): number => Number(options[option.mtu] ?? 1500)

const isOn = (record: NetworkRecord, name: string): boolean => {
  const text = record.options[name]
  return text === undefined || text === "true" || text === "1"
}

export const masquerades = (record: NetworkRecord): boolean => isOn(record, option.masquerade)
export const connectsContainers = (record: NetworkRecord): boolean => isOn(record, option.betweenContainers)
