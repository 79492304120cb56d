import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import { Randomness } from "./Randomness.js"

const id = (): string => {
  for (;;) {
    const text = crypto.randomBytes(32).toString("hex")
    // A short id of digits alone would be read as a number by whoever takes both.
    if (/[a-f]/.test(text.slice(0, 12))) return text
  }
}

/** The kernel's random numbers and clock. */
export const service: Randomness["Type"] = Randomness.of({
  id: Effect.sync(id),
  below: (count) => Effect.sync(() => crypto.randomInt(count)),
  now: Effect.sync(() => Date.now())
})
