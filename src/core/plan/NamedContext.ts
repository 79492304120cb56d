import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Reference from "../oci/Reference.js"

/** What stands in for a name that a Dockerfile reads: `--build-context name=…`. */
export type NamedContext = Data.TaggedEnum<{
  /** Files: of a directory, a repository or the web. */
  Files: {}
  /** `reference`: canonical, or `oci-layout://…`. */
  Image: { readonly reference: string }
  Scratch: {}
}>
export const NamedContext = Data.taggedEnum<NamedContext>()

export type NamedContexts = ReadonlyMap<string, NamedContext>

export const none: NamedContexts = new Map()

/**
 * The one spelling of a name: `docker.io/library/alpine:latest`, `alpine:latest` and `alpine` are the same. A stage's name that is
 * no reference of an image is itself.
 */
export const canonical = (name: string): string =>
  Either.match(Reference.parse(name), {
    onLeft: () => name.toLowerCase(),
    onRight: (reference) => Reference.familiar(reference).replace(/:latest$/, "")
  })

/** What a name means, where the caller has given it a meaning. */
export const find = (contexts: NamedContexts | undefined, name: string): NamedContext | undefined =>
  contexts === undefined || contexts.size === 0 ? undefined : contexts.get(canonical(name))
