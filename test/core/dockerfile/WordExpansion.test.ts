import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as WordExpansion from "../../../src/core/dockerfile/WordExpansion.js"

const lookup = WordExpansion.lookupIn([
  "NAME=world",
  "EMPTY=",
  "FILE=lib/a.tar.gz",
  "SPACED=a  b",
  "NAME=kasane"
])

const expanded = (word: string, options?: WordExpansion.Options) =>
  Either.match(WordExpansion.expand(word, lookup, options), {
    onLeft: (error) => `! ${error.message}`,
    onRight: (expansion) => expansion.text
  })

const words = (word: string, options?: WordExpansion.Options) =>
  Either.getOrThrow(WordExpansion.expandToWords(word, lookup, options)).words

describe("a word", () => {
  it.each([
    ["plain", "plain"],
    ["$NAME-${NAME}", "kasane-kasane"],
    ["$", "$"],
    ["a$ b", "a$ b"],
    ["\\$NAME", "$NAME"],
    ["'$NAME'", "$NAME"],
    ['"$NAME"', "kasane"],
    ['"\\$NAME \\" \\x"', '$NAME " \\x'],
    ["$NAME.x", "kasane.x"],
    ["$1x", "x"],
    ["ends\\", "ends"],
    ["${EMPTY:-d}${EMPTY-d}", "d"],
    ["${NO:-${NAME}}", "kasane"],
    ["${NAME:+y}${EMPTY:+y}${EMPTY+z}${NO+n}", "yz"],
    ["${NAME:?needed}", "kasane"],
    ["${FILE#*/}", "a.tar.gz"],
    ["${FILE##*.}", "gz"],
    ["${FILE%.*}", "lib/a.tar"],
    ["${FILE%%.*}", "lib/a"],
    ["${FILE/a/b}", "lib/b.tar.gz"],
    ["${FILE//a/b}", "lib/b.tbr.gz"],
    ["${FILE//?ar/}", "lib/a..gz"],
    ["${FILE/\\//:}", "lib:a.tar.gz"],
    ["${NAME//\\*/x}", "kasane"]
  ])("%s is %s", (word, value) => {
    expect(expanded(word)).toBe(value)
  })

  it("takes the escape character in force", () => {
    expect(expanded("a\\`$NAME", { escape: "`" })).toBe("a\\$NAME")
  })

  it("reports the names it looked up, needed or not", () => {
    const { matched, unmatched } = Either.getOrThrow(
      WordExpansion.expand("${NAME:-$OTHER} $MISSING $EMPTY", lookup)
    )
    expect([...matched].sort()).toEqual(["EMPTY", "NAME"])
    expect([...unmatched].sort()).toEqual(["MISSING", "OTHER"])
  })

  it("leaves substitutions of unset variables alone when asked to", () => {
    expect(expanded("$NO ${NO} ${NO:-x} ${NO##a*} ${NO/a/b} $NAME", { unset: "keep" })).toBe(
      "$NO ${NO} ${NO:-x} ${NO##a*} ${NO/a/b} kasane"
    )
  })

  it("keeps quotes in a heredoc's body", () => {
    const body = Either.getOrThrow(WordExpansion.expandBody('it\'s "$NAME"\n', lookup))
    expect(body.text).toBe('it\'s "kasane"\n')
  })
})

describe("a malformed word", () => {
  it.each([
    ["${}", "syntax error: bad substitution"],
    ["${NAME", "unsupported modifier (\ufffd) in substitution"],
    ["${", "syntax error: missing '}'"],
    ["${NAME:-x", "syntax error: missing '}'"],
    ["${NAME/x", "syntax error: missing '/' in ${}"],
    ["${NAME:!y}", "unsupported modifier (:!) in substitution"],
    ["${NAME:#y}", "unsupported modifier (:#) in substitution"],
    ["'x", "unexpected end of statement while looking for matching single-quote"],
    ["${NAME#\\q}", "invalid pattern (\\q) in substitution: invalid escape '\\q'"],
    ["${NO?}", "NO: is not allowed to be unset"],
    ["${EMPTY:?}", "EMPTY: is not allowed to be empty"],
    ["${NO:?set it}", "NO: set it"]
  ])("%s: %s", (word, why) => {
    expect(expanded(word)).toBe(`! failed to process ${JSON.stringify(word)}: ${why}`)
  })

  it("cannot exhaust the stack", () => {
    expect(expanded("${a:-".repeat(100_000))).toContain("nested too deeply")
  })
})

describe("splitting", () => {
  it.each([
    ["a b", ["a", "b"]],
    ["x$SPACED", ["xa", "b"]],
    ['"$SPACED"', ["a  b"]],
    ["a\\ b ''", ["a b"]],
    ["<<  EOF", ["<<  EOF"]]
  ])("%s", (word, expected) => {
    expect(words(word)).toEqual(expected)
  })
})

describe("properties", () => {
  const syntax = FastCheck.stringOf(
    FastCheck.constantFrom(..."${}:-+?#%/\\'\"`<* \n", "NAME", "EMPTY", "NO", "é", "𝒳"),
    { maxLength: 30 }
  )

  it.prop("no text makes it throw", [syntax], ([word]) => {
    WordExpansion.expand(word, lookup)
    WordExpansion.expandToWords(word, lookup, { quotes: "keep", escapes: "keep", unset: "keep" })
    return true
  })

  it.prop("without quotes, escapes and dollars a word is itself", [FastCheck.string()], ([word]) =>
    /[$'"\\]/.test(word) ? true : expanded(word) === word
  )

  it.prop("single quotes keep everything", [FastCheck.string()], ([word]) =>
    word.includes("'") ? true : expanded(`'${word}'`) === word
  )

  it.prop("the words of an unquoted text hold no blanks", [syntax], ([word]) =>
    Either.match(WordExpansion.expandToWords(word.replace(/['"\\<]/g, ""), lookup), {
      onLeft: () => true,
      onRight: (split) => split.words.every((one) => one !== "" && !/\s/.test(one))
    })
  )

  const value = FastCheck.stringOf(FastCheck.constantFrom("a", "b", ".", "/"), { maxLength: 12 })
  const pattern = FastCheck.stringOf(FastCheck.constantFrom("a", "b", ".", "*", "?"), { maxLength: 6 })
  const asRegExp = (text: string, star: string) =>
    text.replace(/[.*?]/g, (char) => (char === "*" ? star : char === "?" ? "." : "\\."))

  it.prop("patterns match what the regular expressions they stand for match", [pattern, value], ([p, v]) => {
    const env = WordExpansion.lookupIn([`V=${v}`])
    const result = (word: string) => Either.getOrThrow(WordExpansion.expand(word, env)).text
    expect(result(`\${V##${p}}`)).toBe(v.replace(new RegExp(`^${asRegExp(p, ".*")}`), ""))
    if (!p.startsWith("#"))
      expect(result(`\${V#${p}}`)).toBe(v.replace(new RegExp(`^${asRegExp(p, ".*?")}`), ""))
    expect(result(`\${V%%${p}}`)).toBe(v.replace(new RegExp(`${asRegExp(p, ".*")}$`), ""))
    if (p !== "") expect(result(`\${V/${p}/x}`)).toBe(v.replace(new RegExp(asRegExp(p, ".*")), "x"))
  })
})
