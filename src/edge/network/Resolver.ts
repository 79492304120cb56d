import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Question } from "../../core/network/DnsMessage.js"
import type { Known } from "../../core/network/Names.js"
import type { NetworkError } from "./NetworkError.js"

/** How one container finds names. */
export interface Resolving {
  /** A process of it, whose network namespace the resolver is in. */
  readonly pid: number
  readonly lookUp: (question: Question) => Effect.Effect<Known>
  /** Who is asked for what is unknown, one after another; empty: nobody. */
  readonly servers: ReadonlyArray<string>
}

/** Answers containers' questions for names, at 127.0.0.11 in each one's own network namespace. */
export class Resolver extends Context.Tag("kasane/edge/network/Resolver")<
  Resolver,
  {
    /** Listens when it succeeds, and answers until the scope closes. Questions to others are asked from the host's network. */
    readonly serve: (resolving: Resolving) => Effect.Effect<void, NetworkError, Scope.Scope>
  }
>() {}
