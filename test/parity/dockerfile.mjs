/** core/dockerfile in the shapes of score-parser, score-shell, score-ignore and score-plan --lint. */
import { load } from "./load.mjs"

const { WordExpansion } = await load({
  WordExpansion: "core/dockerfile/WordExpansion"
})

/** The scorers expect a throw where the library has a Left. */
const orThrow = (either) => {
  if (either._tag === "Left") throw either.left
  return either.right
}

export const expandWord = (input, env, escapeToken) =>
  orThrow(WordExpansion.expand(input, WordExpansion.lookupIn(env), { escape: escapeToken })).text

export const expandWords = (input, env, escapeToken, { rawQuotes = false, skipUnsetEnv = false } = {}) =>
  orThrow(
    WordExpansion.expandToWords(input, WordExpansion.lookupIn(env), {
      escape: escapeToken,
      quotes: rawQuotes ? "keep" : "remove",
      unset: skipUnsetEnv ? "keep" : "empty"
    })
  ).words
