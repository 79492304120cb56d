import * as Either from "effect/Either"
import { missing, StoreError } from "./StoreError.js"

export const noContainer = (text: string): StoreError => missing(text, `No such container: ${text}`)

export const nameTaken = (name: string, holder: string): StoreError =>
  new StoreError({
    reason: "Conflict",
    subject: name,
    message: `Conflict. The container name "/${name}" is already in use by container "${holder}". You have to remove (or rename) that container to be able to reuse that name.`
  })

/** What a store can be asked about the containers that are visible. */
export interface Known {
  readonly has: (id: string) => boolean
  readonly holderOf: (name: string) => string | undefined
  readonly ids: () => ReadonlyArray<string>
}

/**
 * The id of the container that a text means: a whole id; else a name, with or without a leading slash; else the prefix of one
 * id. `Missing`, `Ambiguous`.
 */
export const idOf = (text: string, known: Known): Either.Either<string, StoreError> => {
  const name = text.startsWith("/") ? text.slice(1) : text
  if (/^[0-9a-f]{64}$/.test(name) && known.has(name)) return Either.right(name)
  const holder = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name) ? known.holderOf(name) : undefined
  if (holder !== undefined) return Either.right(holder)
  const [only, ...others] = /^[0-9a-f]+$/.test(name) ? known.ids().filter((id) => id.startsWith(name)) : []
  if (only === undefined) return Either.left(noContainer(text))
  return others.length === 0
    ? Either.right(only)
    : Either.left(
        new StoreError({
          reason: "Ambiguous",
          subject: text,
          message: `Multiple IDs found with provided prefix: ${text}`
        })
      )
}

/** Newest first. */
export const newestFirst = (
  left: { readonly record: { readonly created: string } },
  right: { readonly record: { readonly created: string } }
): number =>
  left.record.created < right.record.created ? 1 : left.record.created > right.record.created ? -1 : 0
