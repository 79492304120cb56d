import * as Either from "effect/Either"

/**
 * One flag of a command, as data: the grammar, the parser, the help text and the completions all read this.
 * `A` is what the command gets. Source: github.com/spf13/pflag, whose rules Docker's command line follows.
 */
export interface Flag<out A> {
  /** Without dashes. */
  readonly name: string
  /** One letter, without the dash. */
  readonly short: string | undefined
  /** The word after the name in the help: `string`, `list`, `bytes`; empty for a switch. */
  readonly type: string
  readonly help: string
  /** What the help shows as `(default …)`; empty shows nothing. */
  readonly shown: string
  /** A switch takes a value only as `--flag=value`; every other flag needs one. */
  readonly arity: "switch" | "one" | "many"
  readonly hidden: boolean
  /** Reads one occurrence; a left is the reason why it cannot be read, in the words the user sees. */
  readonly read: (text: string) => Either.Either<unknown, string>
  /** All occurrences, in order, as the command wants them. */
  readonly decode: (texts: ReadonlyArray<string>) => Either.Either<A, string>
}

/** What every builder takes. */
export interface Settings {
  readonly help: string
  readonly short?: string
  readonly type?: string
  readonly shown?: string
  readonly hidden?: boolean
}

type Read<A> = (text: string) => Either.Either<A, string>

const make = <A>(
  name: string,
  settings: Settings,
  arity: Flag<A>["arity"],
  type: string,
  read: Read<unknown>,
  decode: Flag<A>["decode"]
): Flag<A> => ({
  name,
  short: settings.short,
  type: settings.type ?? type,
  help: settings.help,
  shown: settings.shown ?? "",
  arity,
  hidden: settings.hidden ?? false,
  read,
  decode
})

const last = <A, B>(read: Read<A>, absent: B): Flag<A | B>["decode"] => {
  return (texts) => {
    const text = texts.at(-1)
    return text === undefined ? Either.right(absent) : read(text)
  }
}

const syntax = (go: string, text: string) => `strconv.${go}: parsing ${JSON.stringify(text)}: invalid syntax`

/** Go's `strconv.ParseBool`. */
const readBoolean: Read<boolean> = (text) => {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return Either.right(true)
  if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return Either.right(false)
  return Either.left(syntax("ParseBool", text))
}

/** On or off; `--name` alone means on. */
export const toggle = (name: string, settings: Settings & { readonly absent?: boolean }): Flag<boolean> =>
  make(name, settings, "switch", "", readBoolean, last(readBoolean, settings.absent ?? false))

/** A switch whose absence differs from `false`. */
export const maybeToggle = (name: string, settings: Settings): Flag<boolean | undefined> =>
  make(name, settings, "switch", "", readBoolean, last(readBoolean, undefined))

/** One text; the last occurrence counts; undefined where the flag is absent. */
export const text = (name: string, settings: Settings): Flag<string | undefined> =>
  make(name, settings, "one", "string", Either.right, last<string, undefined>(Either.right, undefined))

/** Every occurrence's text, in order. */
export const texts = (name: string, settings: Settings): Flag<ReadonlyArray<string>> =>
  make(name, settings, "many", "list", Either.right, Either.right)

const readInteger: Read<number> = (text) =>
  /^[+-]?\d+$/.test(text) ? Either.right(Number(text)) : Either.left(syntax("ParseInt", text))

/** A whole number; undefined where the flag is absent. */
export const integer = (name: string, settings: Settings): Flag<number | undefined> =>
  make(name, settings, "one", "int", readInteger, last(readInteger, undefined))

/** One value in a grammar of its own; the last occurrence counts. `read` says why a text is refused. */
export const value = <A>(name: string, settings: Settings, read: Read<A>): Flag<A | undefined> =>
  make(name, settings, "one", "string", read, last(read, undefined))

/** Every occurrence's value in a grammar of its own, in order. */
export const values = <A>(name: string, settings: Settings, read: Read<A>): Flag<ReadonlyArray<A>> =>
  make(name, settings, "many", "list", read, (texts) => Either.all(texts.map(read)))

/** `--filter key=value`, any number of times. */
export const filters = (help: string, type = "filter"): Flag<ReadonlyArray<readonly [string, string]>> =>
  values("filter", { short: "f", help, type }, (text) => {
    const at = text.indexOf("=")
    return at < 0
      ? Either.left("bad format of filter (expected name=value)")
      : Either.right([text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim()] as const)
  })
