import * as Data from "effect/Data"
import * as Either from "effect/Either"

/** `--detach-keys` that are not a list of keys. */
export class DetachKeysError extends Data.TaggedError("DetachKeysError")<{ readonly message: string }> {}

/** The bytes of Docker's default sequence, `ctrl-p,ctrl-q`. */
export const standard: ReadonlyArray<number> = [16, 17]

const controls: ReadonlyMap<string, number> = new Map([
  ["@", 0],
  ...Array.from("abcdefghijklmnopqrstuvwxyz", (letter, index) => [letter, index + 1] as const),
  ["[", 27],
  ["\\", 28],
  ["]", 29],
  ["^", 30],
  ["_", 31]
])

/** Reads `ctrl-a,x`: single characters and `ctrl-` with a letter or one of `@[\]^_`. */
export const parse = (text: string): Either.Either<ReadonlyArray<number>, DetachKeysError> => {
  const keys: Array<number> = []
  for (const key of text.split(",")) {
    const control = key.startsWith("ctrl-") ? controls.get(key.slice(5).toLowerCase()) : undefined
    const code = control ?? (key.length === 1 ? key.charCodeAt(0) : undefined)
    if (code === undefined)
      return Either.left(
        new DetachKeysError({ message: `invalid detach keys (${text}): Unknown character: '${key}'` })
      )
    keys.push(code)
  }
  return Either.right(keys)
}

/** Finds the sequence in what is typed, holding back a prefix of it until it is clear what it becomes. */
export class DetachKeys {
  private matched = 0

  constructor(private readonly keys: ReadonlyArray<number>) {}

  /** What to pass on of a chunk, and whether the sequence was completed in it (what follows is dropped). */
  push(chunk: Uint8Array): { readonly pass: Uint8Array; readonly detached: boolean } {
    if (this.keys.length === 0) return { pass: chunk, detached: false }
    const pass: Array<number> = []
    for (const byte of chunk) {
      if (byte !== this.keys[this.matched]) {
        pass.push(...this.keys.slice(0, this.matched))
        this.matched = 0
      }
      if (byte === this.keys[this.matched]) this.matched++
      else pass.push(byte)
      if (this.matched === this.keys.length) return { pass: Uint8Array.from(pass), detached: true }
    }
    return { pass: Uint8Array.from(pass), detached: false }
  }
}
