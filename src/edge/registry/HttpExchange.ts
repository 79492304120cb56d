import type { ClientRequest, IncomingMessage } from "node:http"
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { fromCause, type HttpFailure } from "./HttpFailure.js"
import type { HttpStack, Reach, TlsOptions } from "./HttpStack.js"

/** What a request sends. */
export type HttpBody<E> = Data.TaggedEnum<{
  Empty: {}
  Bytes: { readonly bytes: Uint8Array }
  Streamed: { readonly stream: Stream.Stream<Uint8Array, E> }
}>
interface HttpBodyDefinition extends Data.TaggedEnum.WithGenerics<1> {
  readonly taggedEnum: HttpBody<this["A"]>
}
export const HttpBody = Data.taggedEnum<HttpBodyDefinition>()

export const empty: HttpBody<never> = HttpBody.Empty()

export interface HttpRequest<E> {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: HttpBody<E>
  readonly tls: TlsOptions
  /** Where the host's name may lead; anywhere if absent. */
  readonly reach?: Reach
}

/** An answer whose body has not been read. It is closed with the scope. */
export interface HttpAnswer {
  readonly status: number
  readonly url: string
  readonly header: (name: string) => string | undefined
  readonly message: IncomingMessage
}

/** An unread body up to this size is read to its end, so that its connection can be used again. */
const drainMax = 64 * 1024

const length = (message: IncomingMessage): number | undefined => {
  const text = message.headers["content-length"]
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

const close = (request: ClientRequest, message: IncomingMessage | undefined): void => {
  if (message === undefined || !request.writableFinished) {
    request.destroy()
    return
  }
  if (message.readableEnded) return
  // A connection is free again only when its answer was read to the end, even one that has no body.
  if (message.complete || (length(message) ?? drainMax + 1) <= drainMax) message.resume()
  else message.destroy()
}

/** Waits until the request takes more, or is closed (then its error tells). */
const drained = (request: ClientRequest): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    if (request.destroyed || !request.writableNeedDrain) return resume(Effect.void)
    const done = () => {
      request.off("drain", done)
      request.off("close", done)
      resume(Effect.void)
    }
    request.once("drain", done)
    request.once("close", done)
    return Effect.sync(() => {
      request.off("drain", done)
      request.off("close", done)
    })
  })

const write = <E>(request: ClientRequest, body: HttpBody<E>): Effect.Effect<void, E> => {
  switch (body._tag) {
    case "Empty":
      return Effect.sync(() => {
        request.end()
      })
    case "Bytes":
      return Effect.sync(() => {
        request.end(body.bytes)
      })
    case "Streamed":
      return Stream.runForEachChunk(body.stream, (chunk) =>
        Effect.suspend(() => {
          if (request.destroyed) return Effect.never
          for (const bytes of chunk) request.write(bytes)
          return drained(request)
        })
      ).pipe(
        Effect.zipRight(
          Effect.sync(() => {
            request.end()
          })
        )
      )
  }
}

/**
 * Sends one request and waits for the head of its answer. An answer that comes before the body is sent ends the sending.
 * Follows nothing, retries nothing.
 */
export const send = <E>(
  stack: HttpStack,
  request: HttpRequest<E>
): Effect.Effect<HttpAnswer, HttpFailure | E, Scope.Scope> =>
  Effect.gen(function* () {
    const { host, hostname } = new URL(request.url)
    const open = yield* stack.open(request.url, request.tls, request.reach ?? "anywhere")
    const answered = yield* Deferred.make<IncomingMessage, HttpFailure>()
    let message: IncomingMessage | undefined
    const client = yield* Effect.acquireRelease(
      Effect.try({
        try: () => {
          const client = open({ method: request.method, headers: { host, ...request.headers } })
          client.once("response", (response) => {
            message = response
            // Read errors are seen by whoever reads; an unread answer must not bring the process down.
            response.on("error", () => {})
            Deferred.unsafeDone(answered, Effect.succeed(response))
          })
          client.on("error", (cause) => {
            Deferred.unsafeDone(answered, Effect.fail(fromCause(cause, hostname)))
          })
          client.on("timeout", () => {
            client.destroy(Object.assign(new Error("i/o timeout"), { code: "ETIMEDOUT" }))
          })
          return client
        },
        catch: (cause) => fromCause(cause, hostname)
      }),
      (client) => Effect.sync(() => close(client, message))
    )
    const response = yield* Effect.raceFirst(
      Deferred.await(answered),
      Effect.zipRight(write(client, request.body), Effect.never)
    )
    return {
      status: response.statusCode ?? 0,
      url: request.url,
      header: (name) => {
        const value = response.headers[name]
        return typeof value === "string" ? value : value?.join(", ")
      },
      message: response
    }
  })

/** The length that an answer announces. */
export const contentLength = (answer: HttpAnswer): number | undefined => length(answer.message)

/** The bytes of an answer's body. Fails where the connection ends before the announced length. */
export const bytes = (answer: HttpAnswer): Stream.Stream<Uint8Array, HttpFailure> => {
  const { hostname } = new URL(answer.url)
  const iterator = answer.message[Symbol.asyncIterator]()
  return Stream.repeatEffectChunkOption(
    Effect.flatMap(
      Effect.tryPromise({
        try: () => iterator.next(),
        catch: (cause) => Option.some(fromCause(cause, hostname))
      }),
      (next) =>
        next.done === true ? Effect.fail(Option.none()) : Effect.succeed(Chunk.of<Uint8Array>(next.value))
    )
  )
}

/** The body up to `limit` bytes; what is longer is cut off where `limit` was passed. */
export const read = (answer: HttpAnswer, limit: number): Effect.Effect<Uint8Array, HttpFailure> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let size = 0
    return bytes(answer).pipe(
      Stream.takeUntil((chunk) => {
        size += chunk.length
        return size > limit
      }),
      Stream.runForEach((chunk) => Effect.sync(() => chunks.push(chunk))),
      Effect.map(() => Buffer.concat(chunks))
    )
  })
