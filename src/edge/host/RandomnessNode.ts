import * as Effect from "effect/Effect"
import * as KernelRandom from "../linux/KernelRandom.js"
import { Randomness } from "./Randomness.js"

const id = (): string => {
  for (;;) {
    const text = KernelRandom.hex(32)
    // A short id of digits alone would be read as a number by whoever takes both.
    if (/[a-f]/.test(text.slice(0, 12))) return text
  }
}

/** The kernel's random numbers and clock. */
export const service: Randomness["Type"] = Randomness.of({
  id: Effect.sync(id),
  below: (count) => Effect.sync(() => KernelRandom.below(count)),
  now: Effect.sync(() => Date.now())
})
