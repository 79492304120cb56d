import * as Either from "effect/Either"

/** Marks a name of lower layers as deleted. Source: image-spec, layer.md, "Whiteouts". */
export const prefix = ".wh."
/** Marks a directory whose lower contents are hidden. */
export const opaque = ".wh..wh..opq"

/** What the last component of an entry's path says. */
export type Whiteout =
  | { readonly _tag: "None" }
  | { readonly _tag: "Opaque" }
  | { readonly _tag: "Delete"; readonly name: string }

const none: Whiteout = { _tag: "None" }
const hides: Whiteout = { _tag: "Opaque" }

/**
 * Reads a base name. Left, with the reason, where it would hide nothing or something else than a name of its own
 * directory (`.wh.`, `.wh..`, `.wh...`, a `/` in it), and for the reserved `.wh..wh.` names of other tools.
 */
export const ofBaseName = (base: string): Either.Either<Whiteout, string> => {
  if (!base.startsWith(prefix)) return Either.right(none)
  if (base === opaque) return Either.right(hides)
  const name = base.slice(prefix.length)
  if (name === "" || name === "." || name === ".." || name.includes("/"))
    return Either.left(`"${base}" is not a whiteout of a file name`)
  if (name.startsWith(prefix)) return Either.left(`"${base}" is a reserved whiteout name`)
  return Either.right({ _tag: "Delete", name })
}
