import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { defaultDomain } from "../oci/Reference.js"
import * as SchemaIssue from "../oci/SchemaIssue.js"
import * as Endpoint from "./Endpoint.js"

const Registry = Schema.Struct({
  /** Origins or hosts to pull from first, in order. */
  mirrors: Schema.optional(Schema.Array(Schema.String)),
  /** Accept any certificate, and plain http where there is no TLS. */
  insecure: Schema.optional(Schema.Boolean),
  /** Never speak to it. */
  blocked: Schema.optional(Schema.Boolean)
})

/** `registries.json`: Docker's two keys, and what is said of single registries. */
const RegistriesFile = Schema.Struct({
  "insecure-registries": Schema.optional(Schema.Array(Schema.String)),
  "registry-mirrors": Schema.optional(Schema.Array(Schema.String)),
  registries: Schema.optional(Schema.Record({ key: Schema.String, value: Registry }))
})

/** What is configured about registries. */
export interface RegistriesConfig {
  readonly insecure: ReadonlyArray<string>
  readonly blocked: ReadonlyArray<string>
  readonly mirrors: Readonly<Record<string, ReadonlyArray<string>>>
}

export class RegistriesConfigError extends Data.TaggedError("RegistriesConfigError")<{
  readonly message: string
}> {}

export const empty: RegistriesConfig = { insecure: [], blocked: [], mirrors: {} }

const decodeFile = Schema.decodeUnknownEither(Schema.parseJson(RegistriesFile), {
  onExcessProperty: "error"
})

/** Reads `registries.json`. A key that it does not know is an error: a misspelt `insecure` must not pass for one. */
export const parse = (text: string): Either.Either<RegistriesConfig, RegistriesConfigError> =>
  Either.mapBoth(decodeFile(text), {
    onLeft: (error) => new RegistriesConfigError({ message: SchemaIssue.firstIssue(error) }),
    onRight: (file) => {
      const registries = Object.entries(file.registries ?? {})
      const named = (test: (registry: (typeof registries)[number][1]) => boolean) =>
        registries.filter(([, registry]) => test(registry)).map(([domain]) => domain)
      const mirrors = registries.map(([domain, registry]) => [domain, registry.mirrors ?? []] as const)
      const hub = file["registry-mirrors"] ?? []
      return {
        insecure: [...(file["insecure-registries"] ?? []), ...named(({ insecure }) => insecure === true)],
        blocked: named(({ blocked }) => blocked === true),
        mirrors: Object.fromEntries([
          ...(hub.length === 0 ? [] : [[defaultDomain, hub] as const]),
          ...mirrors.filter(([, list]) => list.length > 0)
        ])
      }
    }
  })

/** Where one registry may be spoken to: `name` is its domain, or the origin of a mirror. */
export interface Party {
  readonly name: string
  readonly endpoints: ReadonlyArray<Endpoint.Endpoint>
}

const isInsecure = (config: RegistriesConfig, domain: string): boolean =>
  config.insecure.some((pattern) => pattern === domain || Endpoint.isInNetwork(domain, pattern))

/** The party of a domain itself. */
export const origin = (config: RegistriesConfig, domain: string): Party => ({
  name: domain,
  endpoints: Endpoint.ofDomain(domain, isInsecure(config, domain))
})

const mirror = (config: RegistriesConfig, written: string): Party => {
  const scheme = /^(https?):\/\/([^/]+)/.exec(written)
  const domain = (scheme?.[2] ?? written).replace(/\/+$/, "")
  const party = origin(config, domain)
  return scheme === null
    ? party
    : {
        name: domain,
        endpoints: [{ origin: `${scheme[1]}://${domain}`, insecure: isInsecure(config, domain) }]
      }
}

/** Whom to ask for content of a domain, in order: its mirrors, then itself. */
export const sources = (config: RegistriesConfig, domain: string): ReadonlyArray<Party> => [
  ...(config.mirrors[domain] ?? []).map((written) => mirror(config, written)),
  origin(config, domain)
]

export const isBlocked = (config: RegistriesConfig, domain: string): boolean =>
  config.blocked.includes(domain)
