import * as Effect from "effect/Effect"
import { IsInsecure } from "../edge/registry/RegistryClient.js"
import * as Flag from "./Flag.js"

/** `--insecure`. */
export const flag = (help: string): Flag.Flag<boolean> => Flag.toggle("insecure", { help })

/** Does the work with registries that prove themselves, or (`isInsecure`) with any. */
export const within =
  (isInsecure: boolean) =>
  <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(work, IsInsecure, isInsecure)
