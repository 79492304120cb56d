import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RegistriesConfig from "../../../src/core/registry/RegistriesConfig.js"
import { type Credential, Credentials, CredentialsError } from "../../../src/edge/registry/Credentials.js"
import * as HttpRegistryClient from "../../../src/edge/registry/HttpRegistryClient.js"

/** Credentials that are one and the same for every registry, or none. */
export const credentials = (credential: Option.Option<Credential>): Layer.Layer<Credentials> => {
  const readOnly = Effect.fail(new CredentialsError({ reason: "ReadOnly", message: "credentials of a test" }))
  return Layer.succeed(Credentials, {
    get: () => Effect.succeed(credential),
    put: () => readOnly,
    remove: () => readOnly
  })
}

/** The real client, with nothing of this machine's own configuration. */
export const client = (
  options: Partial<HttpRegistryClient.HttpRegistryOptions> & { readonly credential?: Credential } = {}
) =>
  HttpRegistryClient.layer({
    config: RegistriesConfig.empty,
    certificates: () => Effect.succeed({}),
    environment: {},
    idleMillis: 300,
    ...options
  }).pipe(Layer.provide(credentials(Option.fromNullable(options.credential))))
