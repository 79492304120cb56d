import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as RegistriesConfig from "../../core/registry/RegistriesConfig.js"
import type { Certificates } from "./HostDialogue.js"
import { RegistryError } from "./RegistryError.js"

/** Where registries are configured, the nearest to the user first. The first `registries.json` that is there counts. */
export const directories = (
  environment: Readonly<Record<string, string | undefined>>,
  home: string
): ReadonlyArray<string> => [
  path.join(environment["XDG_CONFIG_HOME"] || path.join(home, ".config"), "kasane"),
  "/etc/kasane"
]

const failed = (host: string, file: string, why: string) =>
  new RegistryError({ reason: "Config", host, repository: "", message: `${file}: ${why}` })

const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : String(cause)

const readIfThere = (host: string, file: string): Effect.Effect<string | undefined, RegistryError> =>
  Effect.tryPromise({ try: () => fs.readFile(file, "utf8"), catch: codeOf }).pipe(
    Effect.catchAll((code) =>
      code === "ENOENT" || code === "ENOTDIR"
        ? Effect.succeed(undefined)
        : Effect.fail(failed(host, file, code))
    )
  )

/** `registries.json` of the first of the directories that has one. */
export const config = (
  directories: ReadonlyArray<string>
): Effect.Effect<RegistriesConfig.RegistriesConfig, RegistryError> =>
  Effect.gen(function* () {
    for (const directory of directories) {
      const file = path.join(directory, "registries.json")
      const text = yield* readIfThere("", file)
      if (text === undefined) continue
      return yield* Either.mapLeft(RegistriesConfig.parse(text), ({ message }) => failed("", file, message))
    }
    return RegistriesConfig.empty
  })

/**
 * What the `certs.d/HOST` directories say of a host: every `*.crt` is an authority, `NAME.cert` with `NAME.key` is our own
 * certificate. The first directory that is there counts; Docker's comes last.
 */
export const certificates =
  (directories: ReadonlyArray<string>) =>
  (host: string): Effect.Effect<Certificates, RegistryError> =>
    Effect.gen(function* () {
      for (const parent of [...directories, "/etc/docker"]) {
        const directory = path.join(parent, "certs.d", host)
        const names = yield* Effect.orElseSucceed(
          Effect.tryPromise(() => fs.readdir(directory)),
          () => undefined
        )
        if (names === undefined) continue
        const read = (name: string) =>
          Effect.flatMap(readIfThere(host, path.join(directory, name)), (text) =>
            text === undefined
              ? Effect.fail(failed(host, path.join(directory, name), "missing"))
              : Effect.succeed(text)
          )
        const ca = yield* Effect.forEach(names.filter((name) => name.endsWith(".crt")).sort(), read)
        const cert = names.filter((name) => name.endsWith(".cert")).sort()[0]
        const certificate =
          cert === undefined
            ? undefined
            : { cert: yield* read(cert), key: yield* read(cert.replace(/\.cert$/, ".key")) }
        return { ...(ca.length === 0 ? {} : { ca }), ...(certificate === undefined ? {} : { certificate }) }
      }
      return {}
    })
