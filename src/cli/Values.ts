import * as Either from "effect/Either"
import type * as Core from "../core/container/Flags.js"
import type { Flag } from "./Flag.js"

/** A command's flags by the name that the command knows them by. */
export type Flags = Readonly<Record<string, Flag<unknown>>>

/** What the flags decode to, by the same names. */
export type Values<F extends Flags> = { readonly [K in keyof F]: F[K] extends Flag<infer A> ? A : never }

/** What the flags are where a line gives none of them, but for those that `given` has. */
export const values = <F extends Flags>(flags: F, given: object): Values<F> => {
  const absent: Record<string, unknown> = {}
  for (const [key, flag] of Object.entries(flags)) {
    if (!(key in given)) absent[key] = Either.getOrThrow(flag.decode([]))
  }
  // Each key holds what that key's flag decodes to, which is what Values says; a loop cannot tell the compiler so.
  return { ...absent, ...given } as Values<F>
}

const isAbsent = (flag: Flag<unknown>, value: unknown): boolean =>
  value === undefined ||
  (Array.isArray(value) ? value.length === 0 : Either.getOrUndefined(flag.decode([])) === value)

/** The values as the core reads them: by long name, texts in order; what is as if it was not given is left out. */
export const texts = <F extends Flags>(
  flags: F,
  values: { readonly [K in keyof F]?: unknown }
): Core.Flags => {
  const found: Record<string, ReadonlyArray<string>> = {}
  for (const [key, flag] of Object.entries(flags)) {
    const value: unknown = values[key]
    if (!isAbsent(flag, value)) found[flag.name] = Array.isArray(value) ? value.map(String) : [String(value)]
  }
  return found
}
