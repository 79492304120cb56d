import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as DockerConfig from "../../core/registry/DockerConfig.js"
import * as CredentialHelper from "./CredentialHelper.js"
import { type Credential, Credentials, CredentialsError, IdentityToken, Password } from "./Credentials.js"

export interface DockerCredentialsOptions {
  /** Docker's configuration file. */
  readonly file: string
}

/** Where credentials are kept: `REGISTRY_AUTH_FILE`, else `config.json` in `DOCKER_CONFIG` or `~/.docker`. */
export const fileOf = (environment: Readonly<Record<string, string | undefined>>, home: string): string =>
  environment["REGISTRY_AUTH_FILE"] ||
  path.join(environment["DOCKER_CONFIG"] || path.join(home, ".docker"), "config.json")

const toCredential = ({ isIdentityToken, secret, username }: DockerConfig.Account): Credential =>
  isIdentityToken
    ? IdentityToken({ username, token: Redacted.make(secret) })
    : Password({ username, password: Redacted.make(secret) })

const toAccount = (credential: Credential): DockerConfig.Account =>
  credential._tag === "IdentityToken"
    ? { username: credential.username, secret: Redacted.value(credential.token), isIdentityToken: true }
    : { username: credential.username, secret: Redacted.value(credential.password), isIdentityToken: false }

const code = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : String(cause)

/** Credentials in Docker's configuration file and the helpers that it names. Reads the file anew each time: it is small. */
export const layer = ({ file }: DockerCredentialsOptions): Layer.Layer<Credentials> =>
  Layer.sync(Credentials, () => {
    const io = (what: string) => (cause: unknown) =>
      new CredentialsError({ reason: "Io", message: `${what} ${file}: ${code(cause)}`, cause })

    const read = Effect.gen(function* () {
      const text = yield* Effect.tryPromise({
        try: () => fs.readFile(file, "utf8"),
        catch: io("reading")
      }).pipe(
        Effect.catchIf(
          ({ cause }) => code(cause) === "ENOENT",
          () => Effect.succeed("")
        )
      )
      return yield* Either.mapLeft(
        DockerConfig.parse(text),
        ({ message }) => new CredentialsError({ reason: "BadConfig", message: `${file}: ${message}` })
      )
    })

    /** Replaces the file in one step; a link to it stays a link. */
    const write = (config: DockerConfig.DockerConfig) =>
      Effect.tryPromise({
        try: async () => {
          const target = await fs.realpath(file).catch(() => file)
          await fs.mkdir(path.dirname(target), { recursive: true, mode: 0o700 })
          const temporary = `${target}.${process.pid}.tmp`
          await fs.writeFile(temporary, DockerConfig.print(config), { mode: 0o600, flush: true })
          await fs.rename(temporary, target)
        },
        catch: io("writing")
      })

    return {
      get: (domain) =>
        Effect.gen(function* () {
          const config = yield* read
          const helper = DockerConfig.helperOf(config, domain)
          const kept =
            helper === undefined
              ? Option.none()
              : yield* CredentialHelper.get(helper, DockerConfig.keyOf(domain))
          return Option.map(
            Option.orElse(kept, () => Option.fromNullable(DockerConfig.find(config, domain))),
            toCredential
          )
        }),

      put: (domain, credential) =>
        Effect.gen(function* () {
          const config = yield* read
          const helper = DockerConfig.helperOf(config, domain)
          if (helper === undefined) {
            yield* write(DockerConfig.put(config, domain, toAccount(credential)))
            return { _tag: "Plain", path: file } as const
          }
          yield* CredentialHelper.put(helper, DockerConfig.keyOf(domain), toAccount(credential))
          return { _tag: "Helper", name: helper } as const
        }),

      remove: (domain) =>
        Effect.gen(function* () {
          const config = yield* read
          const helper = DockerConfig.helperOf(config, domain)
          const wasKept =
            helper !== undefined && (yield* CredentialHelper.remove(helper, DockerConfig.keyOf(domain)))
          const without = DockerConfig.remove(config, domain)
          if (without !== config) yield* write(without)
          return wasKept || without !== config
        })
    }
  })
