import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import type { Digest } from "../../core/oci/Digest.js"
import { Index } from "../../core/oci/Manifest.js"
import * as MediaType from "../../core/oci/MediaType.js"
import * as Link from "../../core/registry/Link.js"
import * as RegistryRequest from "../../core/registry/RegistryRequest.js"
import * as RetryPolicy from "../../core/registry/RetryPolicy.js"
import type { Errand, HostDialogue } from "./HostDialogue.js"
import * as HttpExchange from "./HttpExchange.js"
import * as ManifestExchange from "./ManifestExchange.js"
import type { RegistryError } from "./RegistryError.js"

type Home = Effect.Effect<HostDialogue, RegistryError>

/** One page is read up to this many bytes. */
const pageMax = 4 * 1024 * 1024

/** Pages after which a listing is taken for endless. */
const pagesMax = 10_000

interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | undefined
}

/** One page of a listing; none where there is no such listing (404). */
const page = <A>(
  dialogue: HostDialogue,
  request: RegistryRequest.RegistryRequest,
  errand: Errand,
  parse: (text: string) => Either.Either<ReadonlyArray<A>, unknown>
): Effect.Effect<Option.Option<Page<A>>, RegistryError> =>
  Effect.gen(function* () {
    const answer = yield* dialogue.ask(request, HttpExchange.empty, errand, RetryPolicy.standard)
    if (answer.status === 404) return Option.none()
    if (answer.status !== 200) {
      return yield* Effect.flatMap(dialogue.refuse(request, errand, answer), Effect.fail)
    }
    const bytes = yield* Effect.mapError(HttpExchange.read(answer, pageMax), (failure) =>
      dialogue.error(errand, "Connection", failure.message)
    )
    const decoded = parse(new TextDecoder().decode(bytes))
    if (Either.isLeft(decoded)) {
      return yield* dialogue.error(
        errand,
        "Protocol",
        `the registry's list of ${errand.path || "repositories"} is malformed`
      )
    }
    const link = Link.next(answer.header("link") ?? "")
    const next = link !== undefined && URL.canParse(link, answer.url) ? new URL(link, answer.url) : undefined
    // A list goes on at the same registry or not at all.
    const isHere = next !== undefined && next.origin === new URL(answer.url).origin
    return Option.some({ items: decoded.right, next: isHere ? next.href : undefined })
  }).pipe(Effect.scoped)

/** Every page from `first` on; a page that is asked for a second time ends the list as malformed. */
const pages = <A>(
  home: Home,
  first: RegistryRequest.RegistryRequest,
  errand: Errand,
  parse: (text: string) => Either.Either<ReadonlyArray<A>, unknown>,
  onMissing: (
    dialogue: HostDialogue,
    request: RegistryRequest.RegistryRequest
  ) => Effect.Effect<ReadonlyArray<A>, RegistryError>
): Stream.Stream<A, RegistryError> =>
  Stream.unwrap(
    Effect.map(home, (dialogue) => {
      const seen = new Set<string>()
      return Stream.paginateChunkEffect(first, (request) =>
        Effect.gen(function* () {
          if (seen.has(request.target) || seen.size >= pagesMax) {
            return yield* dialogue.error(errand, "Protocol", "the registry's list does not end")
          }
          seen.add(request.target)
          const found = yield* page(dialogue, request, errand, parse)
          if (Option.isNone(found)) {
            return [Chunk.fromIterable(yield* onMissing(dialogue, request)), Option.none()] as const
          }
          const { items, next } = found.value
          return [
            Chunk.fromIterable(items),
            Option.map(Option.fromNullable(next), (target) => RegistryRequest.page(first, target))
          ] as const
        })
      )
    })
  )

const strings = Schema.NullOr(Schema.Array(Schema.String))
const decodeTags = Schema.decodeUnknownEither(
  Schema.parseJson(Schema.Struct({ tags: Schema.optional(strings) }))
)
const decodeCatalog = Schema.decodeUnknownEither(
  Schema.parseJson(Schema.Struct({ repositories: Schema.optional(strings) }))
)
const decodeIndex = Schema.decodeUnknownEither(Schema.parseJson(Index))

/** Asks once more for what was missing, to tell why. */
const missing =
  (errand: Errand) =>
  (dialogue: HostDialogue, request: RegistryRequest.RegistryRequest): Effect.Effect<never, RegistryError> =>
    Effect.gen(function* () {
      const answer = yield* dialogue.ask(request, HttpExchange.empty, errand, RetryPolicy.standard)
      return yield* Effect.flatMap(dialogue.refuse(request, errand, answer), Effect.fail)
    }).pipe(Effect.scoped)

/** Every tag of a repository. */
export const tags = (home: Home, path: string): Stream.Stream<string, RegistryError> => {
  const errand: Errand = { purpose: "list", path, target: undefined }
  const parse = (text: string) => Either.map(decodeTags(text), ({ tags }) => tags ?? [])
  return pages(home, RegistryRequest.tags(path), errand, parse, missing(errand))
}

/** Every repository of a registry. */
export const catalog = (home: Home): Stream.Stream<string, RegistryError> => {
  const errand: Errand = { purpose: "list", path: "", target: undefined }
  const parse = (text: string) => Either.map(decodeCatalog(text), ({ repositories }) => repositories ?? [])
  return pages(home, RegistryRequest.catalog, errand, parse, missing(errand))
}

/** The index under a subject's fallback tag; nothing where there is none. */
const fallback = (path: string, subject: Digest) => (dialogue: HostDialogue) =>
  Effect.catchIf(
    Effect.flatMap(
      ManifestExchange.fetch(dialogue, path, RegistryRequest.referrersTag(subject)),
      (received) => Effect.succeed(received._tag === "Index" ? received.index.manifests : [])
    ),
    (error) => error.reason === "NotFound",
    () => Effect.succeed<ReadonlyArray<Descriptor>>([])
  )

/** What refers to a manifest, as an index; only of `artifactType` where it is given. */
export const referrers = (
  home: Home,
  path: string,
  subject: Digest,
  artifactType: Option.Option<string>
): Effect.Effect<Index, RegistryError> => {
  const errand: Errand = { purpose: "list", path, target: undefined }
  const wanted = Option.getOrUndefined(artifactType)
  const parse = (text: string) => Either.map(decodeIndex(text), ({ manifests }) => manifests)
  const request = RegistryRequest.referrers(path, subject, wanted)
  return Effect.map(
    // A registry may leave the filtering to us.
    Stream.runCollect(
      pages(home, request, errand, parse, fallback(path, subject)).pipe(
        Stream.filter((descriptor) => wanted === undefined || descriptor.artifactType === wanted)
      )
    ),
    (descriptors) => ({
      schemaVersion: 2,
      mediaType: MediaType.OciIndex,
      manifests: Chunk.toReadonlyArray(descriptors)
    })
  )
}
