import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Digest from "../../core/oci/Digest.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as RegistriesConfig from "../../core/registry/RegistriesConfig.js"
import * as RegistryRequest from "../../core/registry/RegistryRequest.js"
import * as BlobDownload from "./BlobDownload.js"
import * as BlobUpload from "./BlobUpload.js"
import type { Credential } from "./Credentials.js"
import { Credentials } from "./Credentials.js"
import * as HostDialogue from "./HostDialogue.js"
import * as HttpExchange from "./HttpExchange.js"
import * as HttpStack from "./HttpStack.js"
import * as ManifestExchange from "./ManifestExchange.js"
import { IsInsecure, RegistryClient, type Repository } from "./RegistryClient.js"
import { RegistryError } from "./RegistryError.js"
import * as RegistryListing from "./RegistryListing.js"

type Dialogue = HostDialogue.HostDialogue

export interface HttpRegistryOptions extends HttpStack.HttpStackOptions {
  readonly config: RegistriesConfig.RegistriesConfig
  /** Certificates for a domain, from its `certs.d` directory. */
  readonly certificates: (domain: string) => Effect.Effect<HostDialogue.Certificates, RegistryError>
}

/** A client that speaks HTTP. Nothing is loaded or connected before the first request. */
export const layer = (options: HttpRegistryOptions): Layer.Layer<RegistryClient, never, Credentials> =>
  Layer.scoped(
    RegistryClient,
    Effect.gen(function* () {
      const { config } = options
      const credentials = yield* Credentials
      const stack = yield* HttpStack.make(options)
      const dialogues = new Map<string, Dialogue>()

      const connectTo = (party: RegistriesConfig.Party, credential: HostDialogue.CredentialSource) =>
        Effect.gen(function* () {
          if (RegistriesConfig.isBlocked(config, party.name)) {
            return yield* new RegistryError({
              reason: "Config",
              host: party.name,
              repository: "",
              message: `registry ${party.name} is blocked by configuration`
            })
          }
          const tls = yield* options.certificates(party.name)
          return yield* HostDialogue.make({
            domain: party.name,
            endpoints: party.endpoints,
            tls,
            credential,
            stack
          })
        })

      const stored = (domain: string): HostDialogue.CredentialSource =>
        Effect.mapError(
          credentials.get(domain),
          ({ cause, message }) =>
            new RegistryError({ reason: "Config", host: domain, repository: "", message, cause })
        )

      const dialogueWith = (party: RegistriesConfig.Party) =>
        Effect.gen(function* () {
          const key = party.endpoints.map(({ origin }) => origin).join()
          const known = dialogues.get(key)
          if (known !== undefined) return known
          const made = yield* connectTo(party, stored(party.name))
          const first = dialogues.get(key) ?? made
          dialogues.set(key, first)
          return first
        })

      const configFor = (domain: string) =>
        Effect.map(IsInsecure, (isInsecure) =>
          isInsecure ? { ...config, insecure: [...config.insecure, domain] } : config
        )

      const home = ({ domain }: Pick<Repository, "domain">) =>
        Effect.flatMap(configFor(domain), (config) => dialogueWith(RegistriesConfig.origin(config, domain)))

      /** Asks the mirrors of a domain first; what any of them cannot give, the domain itself is asked for. */
      const fromAny = <A>(
        { domain }: Repository,
        ask: (dialogue: Dialogue) => Effect.Effect<A, RegistryError>
      ): Effect.Effect<A, RegistryError> =>
        Effect.flatMap(configFor(domain), (config) => {
          const [first, ...others] = RegistriesConfig.sources(config, domain).map((party) =>
            Effect.flatMap(dialogueWith(party), ask)
          )
          if (first === undefined) return Effect.dieMessage("a domain is its own last source")
          return others.reduce((tried, next) => Effect.orElse(tried, () => next), first)
        })

      const streamFromAny = (
        { domain }: Repository,
        offset: number,
        open: (dialogue: Dialogue, offset: number) => Stream.Stream<Uint8Array, RegistryError>
      ): Stream.Stream<Uint8Array, RegistryError> =>
        Stream.unwrap(
          Effect.map(configFor(domain), (config) => {
            let at = offset
            const from = (party: RegistriesConfig.Party) =>
              Stream.suspend(() =>
                Stream.unwrap(Effect.map(dialogueWith(party), (dialogue) => open(dialogue, at)))
              ).pipe(
                Stream.tap((bytes) =>
                  Effect.sync(() => {
                    at += bytes.length
                  })
                )
              )
            const [first, ...others] = RegistriesConfig.sources(config, domain).map(from)
            if (first === undefined) return Stream.dieMessage("a domain is its own last source")
            return others.reduce((tried, next) => Stream.orElse(tried, () => next), first)
          })
        )

      return RegistryClient.of({
        resolve: (repository, target) =>
          fromAny(repository, (dialogue) => ManifestExchange.resolve(dialogue, repository.path, target)),

        manifest: (repository, target) =>
          fromAny(repository, (dialogue) => ManifestExchange.fetch(dialogue, repository.path, target)),

        blobSize: (repository, digest) =>
          Effect.gen(function* () {
            const dialogue = yield* home(repository)
            const errand = ManifestExchange.errandOf("pull", repository.path)
            const request = RegistryRequest.headBlob(repository.path, digest)
            const answer = yield* ManifestExchange.expecting(dialogue, request, errand, [200, 404])
            return answer.status === 404
              ? Option.none()
              : Option.fromNullable(HttpExchange.contentLength(answer))
          }).pipe(Effect.scoped),

        blob: (repository, descriptor, offset) =>
          streamFromAny(repository, offset, (dialogue, at) =>
            BlobDownload.stream(dialogue, repository.path, descriptor, at)
          ),

        smallBlob: (repository, { digest, size }) =>
          fromAny(repository, (dialogue) =>
            Effect.gen(function* () {
              const errand = ManifestExchange.errandOf("pull", repository.path)
              if (size > ReceivedManifest.sizeMax) {
                const message = `blob ${digest} of ${size} bytes is larger than ${ReceivedManifest.sizeMax} bytes`
                return yield* dialogue.error(errand, "Size", message)
              }
              const stream = BlobDownload.stream(dialogue, repository.path, { digest, size }, 0)
              const chunks = yield* Stream.runCollect(stream)
              const bytes = Buffer.concat([...chunks])
              yield* ManifestExchange.verify(dialogue, errand, bytes, digest, "blob")
              return bytes
            })
          ),

        pushBlob: (repository, source, mountFrom, onProgress) =>
          Effect.flatMap(home(repository), (dialogue) =>
            BlobUpload.push(dialogue, repository.path, source, mountFrom, onProgress)
          ),

        pushStream: (repository, open, onProgress) =>
          Effect.flatMap(home(repository), (dialogue) =>
            BlobUpload.pushStream(dialogue, repository.path, open, onProgress)
          ),

        pushManifest: (repository, target, { bytes, mediaType }) =>
          Effect.gen(function* () {
            const dialogue = yield* home(repository)
            const errand = ManifestExchange.errandOf("push", repository.path, target)
            const request = RegistryRequest.putManifest(repository.path, target, mediaType)
            const body = HttpExchange.HttpBody.Bytes({ bytes })
            yield* ManifestExchange.expecting(dialogue, request, errand, [201, 200, 202], body)
            return Digest.ofBytes(bytes)
          }).pipe(Effect.scoped),

        tags: ({ domain, path }) => RegistryListing.tags(home({ domain }), path),
        catalog: (domain) => RegistryListing.catalog(home({ domain })),

        deleteManifest: (repository, target) =>
          Effect.gen(function* () {
            const dialogue = yield* home(repository)
            const request = RegistryRequest.deleteManifest(repository.path, target)
            yield* ManifestExchange.expecting(
              dialogue,
              request,
              ManifestExchange.errandOf("delete", repository.path, target),
              [200, 202, 204]
            )
          }).pipe(Effect.scoped),

        deleteBlob: (repository, digest) =>
          Effect.gen(function* () {
            const dialogue = yield* home(repository)
            const request = RegistryRequest.deleteBlob(repository.path, digest)
            yield* ManifestExchange.expecting(
              dialogue,
              request,
              ManifestExchange.errandOf("delete", repository.path),
              [200, 202, 204]
            )
          }).pipe(Effect.scoped),

        referrers: ({ domain, path }, subject, artifactType) =>
          RegistryListing.referrers(home({ domain }), path, subject, artifactType),

        login: (domain, credential: Credential) =>
          Effect.gen(function* () {
            const party = RegistriesConfig.origin(config, domain)
            const dialogue = yield* connectTo(party, Effect.succeedSome(credential))
            yield* ManifestExchange.expecting(
              dialogue,
              RegistryRequest.ping,
              ManifestExchange.errandOf("login", ""),
              [200]
            )
            return yield* dialogue.identityToken
          }).pipe(Effect.scoped)
      })
    })
  )
