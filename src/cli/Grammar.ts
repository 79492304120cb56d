import type { Flag } from "./Flag.js"

/** A flag that was given and its value's text; a switch's is `true` unless it says otherwise. */
export type Given = readonly [flag: Flag<unknown>, text: string]

/** What a command line says, whatever way it was spelled. */
export interface Line {
  readonly _tag: "Line"
  /** In the order given. */
  readonly given: ReadonlyArray<Given>
  readonly args: ReadonlyArray<string>
}

/** Why a command line cannot be understood, in pflag's words. */
export interface Misuse {
  readonly _tag: "Misuse"
  readonly message: string
}

/** `--help` or `-h` was met before anything wrong. */
export interface HelpWanted {
  readonly _tag: "HelpWanted"
}

export interface Rules {
  readonly flags: ReadonlyArray<Flag<unknown>>
  /** False for commands whose own arguments end the flags (`run`, `exec`): `run image ls -l`. */
  readonly interspersed: boolean
}

const misuse = (message: string): Misuse => ({ _tag: "Misuse", message })

const shown = (flag: Flag<unknown>) =>
  flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`

/** The value's check, at the place where the flag stands: the first wrong one is the one reported. */
const accept = (given: Array<Given>, flag: Flag<unknown>, text: string): Misuse | undefined => {
  const reading = flag.read(text)
  if (reading._tag === "Left") {
    return misuse(
      `invalid argument ${JSON.stringify(text)} for ${JSON.stringify(shown(flag))} flag: ${reading.left}`
    )
  }
  given.push([flag, text])
  return undefined
}

/**
 * Reads arguments by pflag's rules: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `-f=value`, clusters (`-it`,
 * `-eA=b`), `--` ends the flags. Total: any list of strings gives a line, a misuse or a wish for help.
 */
export const read = (rules: Rules, argv: ReadonlyArray<string>): Line | Misuse | HelpWanted => {
  const long = new Map(rules.flags.map((flag) => [flag.name, flag]))
  const short = new Map(rules.flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag]])))
  const given: Array<Given> = []
  const args: Array<string> = []
  let next = 0

  const readLong = (arg: string): Misuse | HelpWanted | undefined => {
    const at = arg.indexOf("=")
    const name = at < 0 ? arg.slice(2) : arg.slice(2, at)
    if (name === "" || name.startsWith("-") || name.startsWith("=")) return misuse(`bad flag syntax: ${arg}`)
    const flag = long.get(name)
    if (flag === undefined)
      return name === "help" ? { _tag: "HelpWanted" } : misuse(`unknown flag: --${name}`)
    if (at >= 0) return accept(given, flag, arg.slice(at + 1))
    if (flag.arity === "switch") return accept(given, flag, "true")
    const value = argv[next]
    if (value === undefined) return misuse(`flag needs an argument: ${arg}`)
    next++
    return accept(given, flag, value)
  }

  const readCluster = (arg: string): Misuse | HelpWanted | undefined => {
    for (let letters = arg.slice(1); letters !== ""; letters = letters.slice(1)) {
      const letter = letters.slice(0, 1)
      const flag = short.get(letter)
      if (flag === undefined) {
        return letter === "h"
          ? { _tag: "HelpWanted" }
          : misuse(`unknown shorthand flag: '${letter}' in -${letters}`)
      }
      if (letters.length > 2 && letters[1] === "=") return accept(given, flag, letters.slice(2))
      if (flag.arity !== "switch") {
        if (letters.length > 1) return accept(given, flag, letters.slice(1))
        const value = argv[next]
        if (value === undefined) return misuse(`flag needs an argument: '${letter}' in -${letters}`)
        next++
        return accept(given, flag, value)
      }
      const wrong = accept(given, flag, "true")
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  while (next < argv.length) {
    const arg = argv[next] ?? ""
    next++
    if (arg === "--") {
      args.push(...argv.slice(next))
      break
    }
    if (!arg.startsWith("-") || arg === "-") {
      args.push(arg)
      if (rules.interspersed) continue
      args.push(...argv.slice(next))
      break
    }
    const stop = arg.startsWith("--") ? readLong(arg) : readCluster(arg)
    if (stop !== undefined) return stop
  }
  return { _tag: "Line", given, args }
}

/**
 * The same line with the table's order of flags, and of a flag that counts once only the last. No argument and no value
 * that counts is lost; doing it again changes nothing.
 */
export const normalise = (flags: ReadonlyArray<Flag<unknown>>, line: Line): Line => ({
  ...line,
  given: flags.flatMap((flag) => {
    const occurrences = line.given.filter(([given]) => given === flag)
    return flag.arity === "many" ? occurrences : occurrences.slice(-1)
  })
})

const letterOf = ([flag, text]: Given): string | undefined =>
  flag.arity === "switch" && text === "true" ? flag.short : undefined

const written = ([flag, text]: Given): ReadonlyArray<string> => {
  if (flag.arity !== "switch") return [flag.short === undefined ? `--${flag.name}` : `-${flag.short}`, text]
  return [text === "true" ? `--${flag.name}` : `--${flag.name}=${text}`]
}

/** A line as people write it: `-it -e A=b --name web image sh -c true`. {@link read} by the same rules gives the line back. */
export const spell = (
  { interspersed }: Pick<Rules, "interspersed">,
  { given, args }: Line
): ReadonlyArray<string> => {
  const words: Array<string> = []
  let cluster = ""
  const close = () => {
    if (cluster !== "") words.push(`-${cluster}`)
    cluster = ""
  }
  for (const one of given) {
    const letter = letterOf(one)
    if (letter !== undefined) cluster += letter
    else {
      close()
      words.push(...written(one))
    }
  }
  close()
  const looksLikeFlag = (word: string) => word.startsWith("-") && word !== "-"
  const isUnclear = (interspersed ? args : args.slice(0, 1)).some(looksLikeFlag)
  return [...words, ...(isUnclear ? ["--"] : []), ...args]
}
