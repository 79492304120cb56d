import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { defaultDomain } from "../core/oci/Reference.js"
import {
  type Credential,
  Credentials,
  type CredentialsError,
  IdentityToken,
  type Kept
} from "../edge/registry/Credentials.js"
import { RegistryClient } from "../edge/registry/RegistryClient.js"
import type { RegistryError } from "../edge/registry/RegistryError.js"

/** The domain that a person means by a server's name or address: `https://index.docker.io/v1/` is `docker.io`. */
export const domainOf = (server: string | undefined): string => {
  const host = (server ?? "").replace(/^https?:\/\//, "").replace(/\/.*$/s, "")
  return ["", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"].includes(host)
    ? defaultDomain
    : host
}

/**
 * Checks a credential against its registry and keeps it; an identity token, where the registry gives one, in the password's
 * place. A credential that the registry refuses is not kept.
 */
export const login = (
  domain: string,
  credential: Credential
): Effect.Effect<Kept, RegistryError | CredentialsError, RegistryClient | Credentials> =>
  Effect.gen(function* () {
    const client = yield* RegistryClient
    const credentials = yield* Credentials
    const token = yield* client.login(domain, credential)
    const kept = Option.match(token, {
      onNone: () => credential,
      onSome: (token) => IdentityToken({ username: credential.username, token: Redacted.make(token) })
    })
    return yield* credentials.put(domain, kept)
  })

/** Forgets a registry's credential. False where there was none. */
export const logout = (domain: string): Effect.Effect<boolean, CredentialsError, Credentials> =>
  Effect.flatMap(Credentials, (credentials) => credentials.remove(domain))
