import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Descriptor } from "../../core/oci/Descriptor.js"
import * as Download from "../../core/registry/Download.js"
import * as RegistryRequest from "../../core/registry/RegistryRequest.js"
import * as RetryPolicy from "../../core/registry/RetryPolicy.js"
import type { Errand, HostDialogue } from "./HostDialogue.js"
import type { HttpAnswer } from "./HttpExchange.js"
import * as HttpExchange from "./HttpExchange.js"
import type { HttpFailure } from "./HttpFailure.js"
import type { RegistryError } from "./RegistryError.js"

/** Drops the first `skip` bytes, and fails as soon as there are more than `room` behind them. */
const clip = (
  answer: HttpAnswer,
  skip: number,
  room: number,
  tooMany: RegistryError
): Stream.Stream<Uint8Array, RegistryError | HttpFailure> =>
  Stream.suspend(() => {
    let toSkip = skip
    let left = room
    return Stream.mapEffect(HttpExchange.bytes(answer), (bytes) => {
      const rest = bytes.subarray(Math.min(toSkip, bytes.length))
      toSkip -= bytes.length - rest.length
      left -= rest.length
      return left < 0 ? Effect.fail(tooMany) : Effect.succeed(rest)
    })
  })

/**
 * Interprets a {@link Download.Download}: the bytes of a blob from `offset` on, over as many connections as it takes. `Size` when
 * the registry has another number of bytes; the digest is not verified here.
 */
export const stream = (
  dialogue: HostDialogue,
  path: string,
  descriptor: Pick<Descriptor, "digest" | "size">,
  offset: number
): Stream.Stream<Uint8Array, RegistryError> => {
  const { digest, size } = descriptor
  const errand: Errand = { purpose: "pull", path, target: undefined }
  const wrong = (reason: "Size" | "Protocol", message: string) =>
    dialogue.error(errand, reason, `blob ${digest}: the registry ${message}`)

  return Stream.suspend(() => {
    let download = Download.make(size, offset)
    const more = wrong("Size", `sends more than the ${size} bytes that its descriptor says`)
    const tooOften = (why: string) =>
      dialogue.error(
        errand,
        "Connection",
        `blob ${digest}: ${why} after ${download.at} of ${size} bytes, too often`
      )

    const goOn = (why: string): Stream.Stream<Uint8Array, RegistryError> =>
      Stream.suspend(() => {
        if (Download.isWhole(download)) return Stream.empty
        const next = Download.broken(download)
        if (next === undefined) return Stream.fail(tooOften(why))
        download = next
        return connect
      })

    const connect: Stream.Stream<Uint8Array, RegistryError> = Stream.unwrapScoped(
      Effect.gen(function* () {
        const request = RegistryRequest.getBlob(path, digest, download.at)
        const answer = yield* dialogue.ask(request, HttpExchange.empty, errand, RetryPolicy.standard)
        const body = Download.body(download, {
          status: answer.status,
          contentLength: HttpExchange.contentLength(answer),
          contentRange: answer.header("content-range")
        })
        if (body._tag === "Wrong") {
          return yield* body.why === "Status"
            ? Effect.flatMap(dialogue.refuse(request, errand, answer), Effect.fail)
            : Effect.fail(wrong(body.why, body.message))
        }
        return clip(answer, body.skip, size - download.at, more).pipe(
          Stream.tap((bytes) =>
            Effect.sync(() => {
              download = Download.advanced(download, bytes.length)
            })
          )
        )
      })
    ).pipe(
      Stream.catchTag("HttpFailure", (failure) => goOn(failure.message)),
      Stream.concat(goOn("the connection ended"))
    )
    return Download.isWhole(download) ? Stream.empty : connect
  })
}
