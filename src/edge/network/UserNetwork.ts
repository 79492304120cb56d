import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Published } from "../../core/network/Life.js"
import type { NetworkError } from "./NetworkError.js"

/** Whose packets are to be carried, and how. */
export interface Carrying {
  readonly means: "pasta" | "slirp4netns"
  /** A process in the user and network namespaces; its set-up waits. */
  readonly pid: number
  readonly published: ReadonlyArray<Published>
  /** Hexadecimal, with colons; undefined: any. */
  readonly mac: string | undefined
  /** The host's resolvers listen on its loopback: have them answer at {@link resolverOf}. */
  readonly forwardNames: boolean
}

/** Where names are answered in place of the host's own loopback. */
export const resolverOf = (means: Carrying["means"]): string =>
  means === "pasta" ? "169.254.1.1" : "10.0.2.3"

/**
 * Networks of an ordinary user's containers: a program of the host carries packets between the container's namespace and
 * sockets of the user.
 */
export class UserNetwork extends Context.Tag("kasane/edge/network/UserNetwork")<
  UserNetwork,
  {
    /** Starts the program; the container has its link, addresses and ports when it succeeds. The program outlives us. */
    readonly carry: (container: string, carrying: Carrying) => Effect.Effect<void, NetworkError>
    /** Ends the program of a container; its being gone is no failure. */
    readonly stop: (container: string) => Effect.Effect<void, NetworkError>
  }
>() {}
