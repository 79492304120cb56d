import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Schema from "effect/Schema"
import { defaultDomain } from "../oci/Reference.js"
import * as SchemaIssue from "../oci/SchemaIssue.js"

/** A registry's entry in `auths`. */
const AuthEntry = Schema.Struct({
  auth: Schema.optional(Schema.String),
  username: Schema.optional(Schema.String),
  password: Schema.optional(Schema.String),
  identitytoken: Schema.optional(Schema.String)
})

const Fields = Schema.Struct({
  auths: Schema.optional(Schema.NullOr(Schema.Record({ key: Schema.String, value: AuthEntry }))),
  credsStore: Schema.optional(Schema.String),
  credHelpers: Schema.optional(Schema.NullOr(Schema.Record({ key: Schema.String, value: Schema.String })))
})

/**
 * Docker's `config.json`: what we read of it, and all of it, so that writing it changes nothing else. Source: docker/cli,
 * "Configuration files".
 */
export interface DockerConfig {
  readonly fields: typeof Fields.Type
  readonly document: { readonly [key: string]: unknown }
}

export class DockerConfigError extends Data.TaggedError("DockerConfigError")<{ readonly message: string }> {}

/** A user and what the file keeps of the user's secret. */
export interface Account {
  readonly username: string
  readonly secret: string
  readonly isIdentityToken: boolean
}

export const empty: DockerConfig = { fields: {}, document: {} }

const decodeDocument = Schema.decodeUnknownEither(
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
)
const decodeFields = Schema.decodeUnknownEither(Fields)

/** Reads the file's text. */
export const parse = (text: string): Either.Either<DockerConfig, DockerConfigError> => {
  if (text.trim() === "") return Either.right(empty)
  return Either.flatMap(
    Either.mapLeft(decodeDocument(text), () => new DockerConfigError({ message: "not a JSON object" })),
    (document) =>
      Either.mapBoth(decodeFields(document), {
        onLeft: (error) => new DockerConfigError({ message: SchemaIssue.firstIssue(error) }),
        onRight: (fields) => ({ fields, document })
      })
  )
}

/** The file's text. Docker indents by tabs. */
export const print = (config: DockerConfig): string => `${JSON.stringify(config.document, undefined, "\t")}\n`

const hubKey = "https://index.docker.io/v1/"

/** The key under which a domain's credential is kept. Docker Hub's is the address of an API that it no longer has. */
export const keyOf = (domain: string): string => (domain === defaultDomain ? hubKey : domain)

const hostOf = (key: string): string => {
  const host = key.replace(/^https?:\/\//, "").replace(/\/.*$/s, "")
  return host === "index.docker.io" || host === "registry-1.docker.io" ? defaultDomain : host
}

const keysOf = (config: DockerConfig, domain: string): ReadonlyArray<string> => {
  const keys = Object.keys(config.fields.auths ?? {})
  const exact = keyOf(domain)
  return [
    ...keys.filter((key) => key === exact),
    ...keys.filter((key) => key !== exact && hostOf(key) === domain)
  ]
}

const account = (entry: typeof AuthEntry.Type): Account | undefined => {
  const decoded = Either.getOrElse(Encoding.decodeBase64String(entry.auth ?? ""), () => "").replace(
    /\0+$/,
    ""
  )
  const colon = decoded.indexOf(":")
  const username = colon < 0 ? (entry.username ?? "") : decoded.slice(0, colon)
  if (entry.identitytoken) return { username, secret: entry.identitytoken, isIdentityToken: true }
  const secret = colon < 0 ? (entry.password ?? "") : decoded.slice(colon + 1)
  return username === "" && secret === "" ? undefined : { username, secret, isIdentityToken: false }
}

/** What the file itself has for a domain. */
export const find = (config: DockerConfig, domain: string): Account | undefined => {
  for (const key of keysOf(config, domain)) {
    const entry = config.fields.auths?.[key]
    const found = entry === undefined ? undefined : account(entry)
    if (found !== undefined) return found
  }
  return undefined
}

/** The helper program that keeps a domain's credential, without its prefix `docker-credential-`. */
export const helperOf = (config: DockerConfig, domain: string): string | undefined => {
  const helpers = config.fields.credHelpers ?? {}
  const named = helpers[keyOf(domain)] ?? helpers[domain]
  return (named ?? config.fields.credsStore) || undefined
}

const withAuths = (
  config: DockerConfig,
  auths: Readonly<Record<string, typeof AuthEntry.Type>>
): DockerConfig => ({
  fields: { ...config.fields, auths },
  document: { ...config.document, auths }
})

/** The file with a domain's account in it. */
export const put = (config: DockerConfig, domain: string, account: Account): DockerConfig => {
  const auth = Encoding.encodeBase64(`${account.username}:${account.isIdentityToken ? "" : account.secret}`)
  const entry = account.isIdentityToken ? { auth, identitytoken: account.secret } : { auth }
  return withAuths(config, { ...config.fields.auths, [keyOf(domain)]: entry })
}

/** The file without a domain's account; the file as it is where there is none. */
export const remove = (config: DockerConfig, domain: string): DockerConfig => {
  const keys = keysOf(config, domain)
  if (keys.length === 0) return config
  const kept = Object.entries(config.fields.auths ?? {}).filter(([key]) => !keys.includes(key))
  return withAuths(config, Object.fromEntries(kept))
}
