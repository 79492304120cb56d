import * as Effect from "effect/Effect"
import type { HttpAnswer } from "./HttpExchange.js"

/** The texts of a `Warning` header, as one line each. Source: distribution-spec 1.1, "Warnings". */
export const texts = (header: string): ReadonlyArray<string> =>
  [...header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = ""]) =>
    quoted.replace(/\\(.)/g, "$1").replace(/\p{Cc}+/gu, " ")
  )

/** Tells what the answers of one host warn of, each text once. */
export const teller = (host: string): ((answer: HttpAnswer) => Effect.Effect<void>) => {
  const told = new Set<string>()
  return (answer) =>
    Effect.forEach(
      texts(answer.header("warning") ?? "").filter((text) => !told.has(text)),
      (text) => {
        told.add(text)
        return Effect.logWarning(`${host}: ${text}`)
      },
      { discard: true }
    )
}
