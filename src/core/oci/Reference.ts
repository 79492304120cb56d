import * as Data from "effect/Data"
import * as Either from "effect/Either"
import * as Digest from "./Digest.js"

/**
 * Names an image: a repository at a registry, and in it a tag, a digest, or both (then the digest decides).
 * `domain` is empty only in what {@link parseStrict} gives. Source: distribution/reference, the grammar in its
 * package documentation.
 */
export interface Reference {
  readonly domain: string
  readonly path: string
  readonly tag: string | undefined
  readonly digest: Digest.Digest | undefined
}

export type InvalidReferenceReason =
  | "InvalidFormat"
  | "Empty"
  | "Uppercase"
  | "TooLong"
  | "ImageId"
  | "DigestAlgorithm"
  | "DigestLength"
  | "DigestFormat"

/** A text that names no image. `message` is Docker's wording. */
export class InvalidReference extends Data.TaggedError("InvalidReference")<{
  readonly reason: InvalidReferenceReason
  readonly input: string
  readonly message: string
}> {}

export const defaultDomain = "docker.io"
export const defaultTag = "latest"

const legacyDefaultDomain = "index.docker.io"
const officialPrefix = "library/"
const pathLengthMax = 255

const domainComponent = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
const host = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])`
const domain = `${host}(?::[0-9]+)?`
const pathComponent = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
const path = `${pathComponent}(?:/${pathComponent})*`
const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
const digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"

const grammar = new RegExp(`^((?:${domain}/)?${path})(?::(${tag}))?(?:@(${digest}))?$`)
const nameGrammar = new RegExp(`^(?:(${domain})/)?(${path})$`)
const tagGrammar = new RegExp(`^${tag}$`)
const pathGrammar = new RegExp(`^${path}$`)
const imageIdGrammar = /^[a-f0-9]{64}$/

const fail = (reason: InvalidReferenceReason, input: string, message: string) =>
  Either.left(new InvalidReference({ reason, input, message }))

const invalidFormat = "invalid reference format"

/** True for a text that may stand behind the colon. */
export const isTag = (text: string): boolean => tagGrammar.test(text)

/** True for the path of a repository, without a domain. */
export const isPath = (text: string): boolean => text.length <= pathLengthMax && pathGrammar.test(text)

const parseDigest = (text: string, input: string): Either.Either<Digest.Digest, InvalidReference> => {
  const colon = text.indexOf(":")
  const encoded = text.slice(colon + 1)
  if (text.slice(0, colon) !== "sha256") {
    return fail("DigestAlgorithm", input, "unsupported digest algorithm")
  }
  if (encoded.length !== 64) return fail("DigestLength", input, "invalid checksum digest length")
  return Digest.isDigest(text)
    ? Either.right(text)
    : fail("DigestFormat", input, "invalid checksum digest format")
}

/**
 * Reads a reference in the grammar of distribution, with nothing filled in: `busybox` has no domain, and `a/b` has
 * the domain `a`. What people type goes through {@link parse}.
 */
export const parseStrict = (input: string): Either.Either<Reference, InvalidReference> => {
  const match = grammar.exec(input)
  const name = match === null ? null : nameGrammar.exec(match[1] ?? "")
  if (match === null || name === null) {
    if (input === "") return fail("Empty", input, "repository name must have at least one component")
    return grammar.test(input.toLowerCase())
      ? fail("Uppercase", input, "repository name must be lowercase")
      : fail("InvalidFormat", input, invalidFormat)
  }
  const path = name[2] ?? ""
  if (path.length > pathLengthMax) {
    return fail("TooLong", input, `repository name must not be more than ${pathLengthMax} characters`)
  }
  const parts = { domain: name[1] ?? "", path, tag: match[2] }
  const digest = match[3]
  if (digest === undefined) return Either.right({ ...parts, digest: undefined })
  return Either.map(parseDigest(digest, input), (digest) => ({ ...parts, digest }))
}

/** A first component that is read as a registry and not as a user of Docker Hub. */
const isDomain = (first: string): boolean =>
  first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first

const splitDomain = (input: string): { readonly domain: string; readonly rest: string } => {
  const slash = input.indexOf("/")
  // A name of one component is never a host: `localhost:5000` is the image `localhost` with the tag 5000.
  if (slash < 0) return { domain: defaultDomain, rest: officialPrefix + input }
  const first = input.slice(0, slash)
  const domain = !isDomain(first) || first === legacyDefaultDomain ? defaultDomain : first
  const rest = isDomain(first) ? input.slice(slash + 1) : input
  return { domain, rest: domain === defaultDomain && !rest.includes("/") ? officialPrefix + rest : rest }
}

/**
 * Reads a reference as people type it: `docker.io` and `library/` are filled in, a tag is not
 * (see {@link withDefaultTag}). Round-trips with {@link familiar} and {@link print}.
 */
export const parse = (input: string): Either.Either<Reference, InvalidReference> => {
  if (imageIdGrammar.test(input)) {
    return fail(
      "ImageId",
      input,
      `invalid repository name (${input}), cannot specify 64-byte hexadecimal strings`
    )
  }
  const { domain, rest } = splitDomain(input)
  const colon = rest.indexOf(":")
  const remote = colon < 0 ? rest : rest.slice(0, colon)
  if (remote.toLowerCase() !== remote) {
    return fail("Uppercase", input, `${invalidFormat}: repository name (${remote}) must be lowercase`)
  }
  return Either.mapLeft(
    parseStrict(`${domain}/${rest}`),
    (error) => new InvalidReference({ reason: error.reason, input, message: error.message })
  )
}

/** The reference with `latest` where it has neither tag nor digest. */
export const withDefaultTag = (reference: Reference): Reference =>
  reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: defaultTag }
    : reference

/** The reference without its digest, and with `tag`. */
export const withTag = (reference: Reference, tag: string): Reference => ({
  ...reference,
  tag,
  digest: undefined
})

/** The reference without its tag, and with `digest`. */
export const withDigest = (reference: Reference, digest: Digest.Digest): Reference => ({
  ...reference,
  tag: undefined,
  digest
})

/** Repository and registry, in full: `docker.io/library/busybox`. */
export const repository = (reference: Reference): string =>
  reference.domain === "" ? reference.path : `${reference.domain}/${reference.path}`

/** The repository as people write it: `busybox`, `user/app`, `host:5000/app`. */
export const familiarRepository = (reference: Reference): string => {
  if (reference.domain !== defaultDomain) return repository(reference)
  const { path } = reference
  const [first = "", second, ...more] = path.split("/")
  // A user of Docker Hub who is named like a host keeps the domain: the short form would be read as another image.
  if (second !== undefined && isDomain(first)) return repository(reference)
  return first === "library" && second !== undefined && more.length === 0 ? second : path
}

const suffix = (reference: Reference): string =>
  (reference.tag === undefined ? "" : `:${reference.tag}`) +
  (reference.digest === undefined ? "" : `@${reference.digest}`)

/** The reference in full: `docker.io/library/busybox:latest`. */
export const print = (reference: Reference): string => repository(reference) + suffix(reference)

/** The reference as people write it: `busybox:latest`. */
export const familiar = (reference: Reference): string => familiarRepository(reference) + suffix(reference)

/** What to ask the repository for: the digest if there is one, else the tag, else `latest`. */
export const target = (reference: Reference): string => reference.digest ?? reference.tag ?? defaultTag
