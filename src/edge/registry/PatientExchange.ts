import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as RetryPolicy from "../../core/registry/RetryPolicy.js"
import type { HttpAnswer, HttpRequest } from "./HttpExchange.js"
import * as HttpExchange from "./HttpExchange.js"
import { HttpFailure } from "./HttpFailure.js"
import type { HttpStack } from "./HttpStack.js"

/** An answer in a scope of its own, so that it can be closed before the dialogue ends. */
export interface HeldAnswer {
  readonly answer: HttpAnswer
  readonly close: Effect.Effect<void>
}

export const isHttpFailure = (failure: unknown): failure is HttpFailure => failure instanceof HttpFailure

const hold = <E>(
  exchange: Effect.Effect<HttpAnswer, E, Scope.Scope>
): Effect.Effect<HeldAnswer, E, Scope.Scope> =>
  Effect.gen(function* () {
    const outer = yield* Effect.scope
    const inner = yield* Scope.fork(outer, ExecutionStrategy.sequential)
    const answer = yield* Scope.extend(exchange, inner)
    return { answer, close: Scope.close(inner, Exit.void) }
  })

/**
 * Sends a request, again and again while the connection fails for a moment or the answer is a busy one, as `policy` says. What it
 * gives up on comes through: an answer as answer, a failure as failure.
 */
export const send = <E>(
  stack: HttpStack,
  request: HttpRequest<E>,
  policy: RetryPolicy.RetryPolicy
): Effect.Effect<HeldAnswer, HttpFailure | E, Scope.Scope> => {
  const pause = (failures: number, asked: number | undefined) =>
    Effect.map(Random.next, (jitter) => RetryPolicy.delay(policy, failures, asked, jitter))

  const onFailure = (failures: number) => (failure: HttpFailure | E) =>
    Effect.gen(function* () {
      const delay =
        isHttpFailure(failure) && failure.isTransient ? yield* pause(failures, undefined) : undefined
      if (delay === undefined) return yield* Effect.fail(failure)
      yield* Effect.sleep(delay)
      return yield* attempt(failures + 1)
    })

  const onAnswer = (failures: number) => (held: HeldAnswer) =>
    Effect.gen(function* () {
      if (!RetryPolicy.isTransient(held.answer.status)) return held
      const now = yield* Clock.currentTimeMillis
      const asked = RetryPolicy.retryAfter(held.answer.header("retry-after") ?? "", now)
      const delay = yield* pause(failures, asked)
      if (delay === undefined) return held
      yield* held.close
      yield* Effect.sleep(delay)
      return yield* attempt(failures + 1)
    })

  const attempt = (failures: number): Effect.Effect<HeldAnswer, HttpFailure | E, Scope.Scope> =>
    Effect.matchEffect(hold(HttpExchange.send(stack, request)), {
      onFailure: onFailure(failures),
      onSuccess: onAnswer(failures)
    })
  return attempt(1)
}
