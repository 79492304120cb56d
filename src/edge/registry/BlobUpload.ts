import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Digest from "../../core/oci/Digest.js"
import * as RegistryRequest from "../../core/registry/RegistryRequest.js"
import * as RetryPolicy from "../../core/registry/RetryPolicy.js"
import * as Upload from "../../core/registry/Upload.js"
import type { Errand, HostDialogue } from "./HostDialogue.js"
import type { HttpAnswer } from "./HttpExchange.js"
import * as HttpExchange from "./HttpExchange.js"
import type { BlobSource } from "./RegistryClient.js"
import { RegistryError } from "./RegistryError.js"

/** The dialogue itself says what follows a failure: one exchange is tried once. */
const once: RetryPolicy.RetryPolicy = { ...RetryPolicy.standard, attempts: 1 }

type Progress = (bytes: number) => Effect.Effect<void>

/** The location of an upload's session: it may be relative, and is where the next request goes. */
const location = (answer: HttpAnswer): string | undefined => {
  const header = answer.header("location")
  return header !== undefined && URL.canParse(header, answer.url)
    ? new URL(header, answer.url).href
    : undefined
}

const integer = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

const toAnswer = (answer: HttpAnswer): Upload.Answer => ({
  status: answer.status,
  location: location(answer),
  received: Upload.received(answer.header("range") ?? ""),
  chunkMin: integer(answer.header("oci-chunk-min-length"))
})

/** The bytes of a source from `from` to `to`, counted as they go. */
const piece = <E>(
  source: BlobSource<E>,
  from: number,
  to: number,
  progress: Progress
): Stream.Stream<Uint8Array, E> =>
  Stream.suspend(() => {
    let at = from
    return source.open(from).pipe(
      Stream.takeWhile(() => at < to),
      Stream.mapEffect((bytes) => {
        const part = at + bytes.length > to ? bytes.subarray(0, to - at) : bytes
        at += part.length
        return Effect.as(progress(at), part)
      })
    )
  })

/** Interprets an {@link Upload.Upload} until the repository has the blob. */
export const push = <E>(
  dialogue: HostDialogue,
  path: string,
  source: BlobSource<E>,
  mountFrom: ReadonlyArray<string>,
  progress: Progress
): Effect.Effect<Upload.Outcome, RegistryError | E> => {
  const errand: Errand = { purpose: "push", path, target: undefined }
  const { digest, size } = source
  let problem = dialogue.error(errand, "Connection", `blob ${digest}: the upload was given up`)

  const onAnswer = (upload: Upload.Upload, request: RegistryRequest.RegistryRequest, answer: HttpAnswer) =>
    Effect.gen(function* () {
      const after = RetryPolicy.isTransient(answer.status)
        ? Upload.broken(upload, { _tag: "Status", status: answer.status })
        : Upload.answer(upload, toAnswer(answer))
      const isProblem = after.step._tag === "Failed" || after.failures > upload.failures
      if (isProblem && answer.status >= 400) problem = yield* dialogue.refuse(request, errand, answer)
      return after
    })

  const exchange = (upload: Upload.Upload, { from, request, to }: Upload.Exchange) =>
    Effect.gen(function* () {
      const body =
        to > from
          ? HttpExchange.HttpBody.Streamed({ stream: piece(source, from, to, progress) })
          : HttpExchange.empty
      const answer = yield* dialogue.ask<E>(request, body, errand, once)
      return yield* onAnswer(upload, request, answer)
    }).pipe(
      Effect.scoped,
      Effect.catchAll((failure) => {
        if (!(failure instanceof RegistryError) || failure.reason !== "Connection")
          return Effect.fail(failure)
        problem = failure
        return Effect.succeed(Upload.broken(upload, { _tag: "Broken" }))
      })
    )

  const go = (upload: Upload.Upload): Effect.Effect<Upload.Outcome, RegistryError | E> =>
    Effect.gen(function* () {
      const { step } = upload
      if (step._tag === "Done") return step.how
      if (step._tag === "Failed") {
        return yield* Effect.fail(
          step.failure._tag === "Protocol"
            ? dialogue.error(errand, "Protocol", `blob ${digest}: ${step.failure.message}`)
            : problem
        )
      }
      const next = Upload.next(upload)
      if (next === undefined)
        return yield* Effect.dieMessage("an upload that is not over has a next exchange")
      const after = yield* exchange(upload, next)
      if (after.failures > upload.failures && after.step._tag !== "Failed") {
        const delay = RetryPolicy.delay(RetryPolicy.standard, after.failures, undefined, yield* Random.next)
        yield* Effect.sleep(delay ?? 0)
      }
      return yield* go(after)
    })

  return go(Upload.make({ path, digest, size, mountFrom }))
}

/** How often a stream whose digest is unknown is sent: it cannot be taken up in the middle. */
const streamAttempts = 3

/** Uploads a stream in one session and names it at the end by the digest of what was sent. */
export const pushStream = <E>(
  dialogue: HostDialogue,
  path: string,
  open: () => Stream.Stream<Uint8Array, E>,
  progress: Progress
): Effect.Effect<Pick<Descriptor, "digest" | "size">, RegistryError | E> => {
  const errand: Errand = { purpose: "push", path, target: undefined }
  const ask = (
    request: RegistryRequest.RegistryRequest,
    body: HttpExchange.HttpBody<E>,
    statuses: ReadonlyArray<number>
  ) =>
    Effect.gen(function* () {
      const answer = yield* dialogue.ask<E>(request, body, errand, once)
      return statuses.includes(answer.status)
        ? answer
        : yield* Effect.flatMap(dialogue.refuse(request, errand, answer), Effect.fail)
    })
  const session = (answer: HttpAnswer) => {
    const found = location(answer)
    return found === undefined
      ? Effect.fail(dialogue.error(errand, "Protocol", "the registry opened an upload without a Location"))
      : Effect.succeed(found)
  }
  const attempt = Effect.gen(function* () {
    const started = yield* session(yield* ask(RegistryRequest.startUpload(path), HttpExchange.empty, [202]))
    let hasher = Digest.hasher()
    let size = 0
    const stream = Stream.suspend(() => {
      hasher = Digest.hasher()
      size = 0
      return Stream.tap(open(), (bytes) => {
        hasher.update(bytes)
        size += bytes.length
        return progress(size)
      })
    })
    const sent = yield* session(
      yield* ask(
        RegistryRequest.patchUpload(path, started, undefined),
        HttpExchange.HttpBody.Streamed({ stream }),
        [202]
      )
    )
    const digest = hasher.digest()
    yield* ask(RegistryRequest.finishUpload(path, sent, digest, 0), HttpExchange.empty, [201, 204])
    return { digest, size }
  }).pipe(Effect.scoped)

  const isWorthwhile = (failure: RegistryError | E) =>
    failure instanceof RegistryError &&
    (failure.reason === "Connection" || failure.reason === "Server" || failure.reason === "RateLimited")
  const go = (failures: number): Effect.Effect<Pick<Descriptor, "digest" | "size">, RegistryError | E> =>
    Effect.catchAll(attempt, (failure) =>
      Effect.gen(function* () {
        if (!isWorthwhile(failure) || failures >= streamAttempts) return yield* Effect.fail(failure)
        const delay = RetryPolicy.delay(RetryPolicy.standard, failures, undefined, yield* Random.next)
        yield* Effect.sleep(delay ?? 0)
        return yield* go(failures + 1)
      })
    )
  return go(1)
}
