import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Digest from "../../core/oci/Digest.js"
import * as ReceivedManifest from "../../core/oci/ReceivedManifest.js"
import * as Redirect from "../../core/registry/Redirect.js"
import * as RegistryRequest from "../../core/registry/RegistryRequest.js"
import * as RetryPolicy from "../../core/registry/RetryPolicy.js"
import type { Errand, HostDialogue } from "./HostDialogue.js"
import type { HttpAnswer } from "./HttpExchange.js"
import * as HttpExchange from "./HttpExchange.js"

export const errandOf = (purpose: Errand["purpose"], path: string, target?: string): Errand => ({
  purpose,
  path,
  target
})

/** Asks and wants one of `statuses`. */
export const expecting = (
  dialogue: HostDialogue,
  request: RegistryRequest.RegistryRequest,
  errand: Errand,
  statuses: ReadonlyArray<number>,
  body: HttpExchange.HttpBody<never> = HttpExchange.empty
) =>
  Effect.gen(function* () {
    const answer = yield* dialogue.ask(request, body, errand, RetryPolicy.standard)
    return statuses.includes(answer.status)
      ? answer
      : yield* Effect.flatMap(dialogue.refuse(request, errand, answer), Effect.fail)
  })

const readWhole = (dialogue: HostDialogue, errand: Errand, answer: HttpAnswer, limit: number) =>
  Effect.flatMap(
    Effect.mapError(HttpExchange.read(answer, limit), (failure) =>
      dialogue.error(errand, "Connection", `Get "${Redirect.shown(answer.url)}": ${failure.message}`)
    ),
    (bytes) =>
      bytes.length > limit
        ? Effect.fail(dialogue.error(errand, "Size", `the registry answered more than ${limit} bytes`))
        : Effect.succeed(bytes)
  )

export const verify = (
  dialogue: HostDialogue,
  errand: Errand,
  bytes: Uint8Array,
  expected: Digest.Digest,
  what: string
) => {
  const hasher = Digest.hasher(Digest.algorithm(expected))
  hasher.update(bytes)
  const actual = hasher.digest()
  return actual === expected
    ? Effect.void
    : Effect.fail(
        dialogue.error(
          errand,
          "Digest",
          `${what} ${expected}: the registry sent bytes with the digest ${actual}`
        )
      )
}

export const fetch = (dialogue: HostDialogue, path: string, target: string) =>
  Effect.gen(function* () {
    const errand = errandOf("pull", path, target)
    const answer = yield* expecting(dialogue, RegistryRequest.getManifest(path, target), errand, [200])
    const bytes = yield* readWhole(dialogue, errand, answer, ReceivedManifest.sizeMax)
    const announced = answer.header("docker-content-digest")
    const expected = Digest.isDigest(target) ? target : announced
    if (expected !== undefined && Digest.isDigest(expected)) {
      yield* verify(dialogue, errand, bytes, expected, "manifest")
    }
    return yield* Either.mapLeft(
      ReceivedManifest.decode(bytes, answer.header("content-type") ?? ""),
      (error) => dialogue.error(errand, "Manifest", `${path}:${target}: ${error.message}`)
    )
  }).pipe(Effect.scoped)

/** The descriptor by HEAD; registries that leave out what it needs are asked for the whole. */
export const resolve = (dialogue: HostDialogue, path: string, target: string) =>
  Effect.gen(function* () {
    const errand = errandOf("pull", path, target)
    const request = RegistryRequest.headManifest(path, target)
    const answer = yield* dialogue.ask(request, HttpExchange.empty, errand, RetryPolicy.standard)
    const digest = answer.header("docker-content-digest")
    const size = HttpExchange.contentLength(answer)
    const mediaType = answer.header("content-type")
    const isWhole = digest !== undefined && size !== undefined && mediaType !== undefined
    if (answer.status !== 200 || !isWhole || !Digest.isDigest(digest)) {
      // The answer to HEAD has no body that would say why: GET has.
      return ReceivedManifest.descriptor(yield* fetch(dialogue, path, target))
    }
    if (Digest.isDigest(target) && target !== digest) {
      return yield* dialogue.error(errand, "Digest", `manifest ${target}: the registry says it has ${digest}`)
    }
    return { mediaType, digest, size }
  }).pipe(Effect.scoped)
