import * as Either from "effect/Either"

/** Permission bits to give to copied files: fixed, or computed from the source's by symbolic clauses. */
export type FileMode =
  | { readonly _tag: "Octal"; readonly mode: number }
  | { readonly _tag: "Symbolic"; readonly clauses: ReadonlyArray<Clause> }

interface Clause {
  /** Bits of the classes concerned: 0o700, 0o070, 0o007, or a union. */
  readonly classes: number
  readonly operator: "+" | "-" | "="
  readonly permissions: string
}

const classBits: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }
const clausePattern = /^([ugoa]*)((?:[-+=][rwxXst]*|[-+=][ugo])+)$/
const actionPattern = /([-+=])([rwxXst]+|[ugo]|)/g

/** `0755`, `u+x,go-w`. The error begins with BuildKit's words. */
export const parse = (text: string): Either.Either<FileMode, string> => {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777)
    return Either.right({ _tag: "Octal", mode: Number.parseInt(text, 8) })
  const problem = `invalid syntax: --chmod=${text} is neither an octal mode up to 07777 nor a symbolic one such as u+x,go-w`
  if (/^\d/.test(text))
    return Either.left(
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`
    )
  if (text === "") return Either.left(problem)
  const clauses: Array<Clause> = []
  for (const part of text.split(",")) {
    const match = clausePattern.exec(part)
    if (match === null) return Either.left(problem)
    const who = match[1] === undefined || match[1] === "" ? "a" : match[1]
    const classes = [...who].reduce((bits, letter) => bits | (classBits[letter] ?? 0), 0)
    for (const action of (match[2] ?? "").matchAll(actionPattern)) {
      const operator = action[1]
      if (operator === "+" || operator === "-" || operator === "=")
        clauses.push({ classes, operator, permissions: action[2] ?? "" })
    }
  }
  return Either.right({ _tag: "Symbolic", clauses })
}

const spread = (bits: number): number => (bits << 6) | (bits << 3) | bits

const permissionBits = (clause: Clause, mode: number, directory: boolean): number => {
  switch (clause.permissions) {
    case "u":
      return spread((mode >> 6) & 7) & clause.classes
    case "g":
      return spread((mode >> 3) & 7) & clause.classes
    case "o":
      return spread(mode & 7) & clause.classes
  }
  let bits = 0
  for (const letter of clause.permissions) {
    if (letter === "r") bits |= 0o444
    else if (letter === "w") bits |= 0o222
    else if (letter === "x" || (letter === "X" && (directory || (mode & 0o111) !== 0))) bits |= 0o111
    else if (letter === "s") bits |= 0o6000
    else if (letter === "t") bits |= 0o1000
  }
  return bits & clause.classes
}

/** The bits (with set-id and sticky) that a file of `mode` gets. */
export const apply = (fileMode: FileMode, mode: number, directory: boolean): number => {
  if (fileMode._tag === "Octal") return fileMode.mode
  let result = mode & 0o7777
  for (const clause of fileMode.clauses) {
    const bits = permissionBits(clause, result, directory)
    if (clause.operator === "+") result |= bits
    else if (clause.operator === "-") result &= ~bits
    else result = (result & ~(clause.classes & 0o777)) | bits
  }
  return result
}
