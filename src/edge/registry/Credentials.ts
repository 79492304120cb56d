import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"

/** What proves who asks: a name and password, or an identity token (OAuth2 refresh token) from an earlier login. */
export type Credential = Data.TaggedEnum<{
  Password: { readonly username: string; readonly password: Redacted.Redacted }
  IdentityToken: { readonly username: string; readonly token: Redacted.Redacted }
}>
export const { Password, IdentityToken, $is, $match } = Data.taggedEnum<Credential>()

/** Why credentials could not be read or kept. `message` never holds a secret. */
export class CredentialsError extends Data.TaggedError("CredentialsError")<{
  readonly reason: "BadConfig" | "HelperMissing" | "HelperFailed" | "ReadOnly" | "Io"
  readonly message: string
  readonly cause?: unknown
}> {}

/** Where a credential was kept. */
export type Kept =
  | { readonly _tag: "Helper"; readonly name: string }
  | { readonly _tag: "Plain"; readonly path: string }

/**
 * The user's registry credentials: Docker's configuration file (`auths`, `credsStore`, `credHelpers`) and
 * `REGISTRY_AUTH_FILE`. Hosts are those of references (`docker.io`, `localhost:5000`).
 */
export class Credentials extends Context.Tag("kasane/edge/registry/Credentials")<
  Credentials,
  {
    /** The credential for a registry, if there is one. */
    readonly get: (domain: string) => Effect.Effect<Option.Option<Credential>, CredentialsError>
    /** Keeps a credential for a registry, in the helper that is configured for it or in the file. */
    readonly put: (domain: string, credential: Credential) => Effect.Effect<Kept, CredentialsError>
    /** Forgets a registry's credential. False where there was none. */
    readonly remove: (domain: string) => Effect.Effect<boolean, CredentialsError>
  }
>() {}
