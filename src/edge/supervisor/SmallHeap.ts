import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * V8 by default lets the young generation grow to 32 MB and the old one to several times what lives in it, which suits who
 * computes. Who only keeps things is as quick in a fifth of that. V8 reads both whenever it decides how far to grow.
 */
const small = ["--semi-space-growth-factor=1", "--heap-growing-percent=25"]
const usual = ["--semi-space-growth-factor=2", "--heap-growing-percent=0"]

const collect = (): void => {
  setFlagsFromString("--expose-gc")
  const gc: unknown = runInNewContext("gc")
  setFlagsFromString("--no-expose-gc")
  // The first limit of the old generation is far away: one collection sets the next ones by the flags above.
  if (typeof gc === "function") gc()
}

/**
 * Keeps this process's heap near what lives in it, until the scope closes. For who has loaded most of its code: V8 refuses
 * cached code that was compiled with other flags, which is why they are what they were when the scope is closed.
 */
export const keep: Effect.Effect<void, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    for (const flag of small) setFlagsFromString(flag)
    collect()
  }),
  () =>
    Effect.sync(() => {
      for (const flag of usual) setFlagsFromString(flag)
    })
)
