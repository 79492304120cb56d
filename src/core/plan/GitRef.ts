import * as Either from "effect/Either"
import * as TreePath from "./TreePath.js"

/** A repository that a build reads, with what is wanted of it. */
export interface GitRef {
  /** What git is given: without reference, subdirectory and settings. */
  readonly remote: string
  /** A branch, a tag, a full reference or a commit; undefined for the remote's own default. */
  readonly ref: string | undefined
  /** Relative to the repository's root, cleaned; empty for all of it. */
  readonly subdirectory: string
  /** The commit that it must be, or its first digits. */
  readonly checksum: string | undefined
  /** Undefined where the address does not say. */
  readonly keepGitDirectory: boolean | undefined
  readonly submodules: boolean
  /** What files' times are: the commit's, or that of the checkout. */
  readonly times: "commit" | "checkout"
}

interface Address {
  readonly remote: string
  readonly query: string
  readonly fragment: string
}

const withScheme = /^([a-zA-Z0-9]+):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/
const likeScp = /^([a-zA-Z0-9-_]+)@([a-zA-Z0-9-.]+):(.*?)(?:\?(.*?))?(?:#(.*))?$/
const schemes: ReadonlySet<string> = new Set(["http", "https", "ssh", "git"])
/** What no address has: git would read a dash as an option, and a control character might end a line of its config. */
const hostile = /[\s\p{Cc}\\]/u

const addressOf = (text: string): Address | undefined => {
  if (text.startsWith("./") || text.startsWith("../")) return undefined
  const match = withScheme.exec(text)
  if (match !== null) {
    const [, scheme = "", authority = "", path = "", query = "", fragment = ""] = match
    const lower = scheme.toLowerCase()
    if (!schemes.has(lower) || authority === "") return undefined
    // Of web addresses only those that say so are repositories; others are files.
    if (/^https?$/.test(lower) && !path.endsWith(".git")) return undefined
    return { remote: `${lower}://${authority}${path}`, query, fragment }
  }
  const scp = likeScp.exec(text)
  if (scp === null) return undefined
  const [, user = "", host = "", path = "", query = "", fragment = ""] = scp
  return { remote: `${user}@${host}:${path}`, query, fragment }
}

/** `-…` at any place that git or ssh could take for an option. */
const hasOption = (remote: string): boolean => /^-|^[a-z]+:\/\/-|@-/.test(remote)

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const prefixed = (prefix: string, name: string): string => (name.startsWith(prefix) ? name : prefix + name)

const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["", "1", "t", "T", "true", "TRUE", "True"].map((word) => [word, true])),
  ...Object.fromEntries(["0", "f", "F", "false", "FALSE", "False"].map((word) => [word, false]))
}

const known: ReadonlySet<string> = new Set([
  "ref",
  "tag",
  "branch",
  "subdir",
  "checksum",
  "commit",
  "keep-git-dir",
  "submodules",
  "mtime",
  "fetch-by-commit"
])
const mayBeEmpty: ReadonlySet<string> = new Set(["keep-git-dir", "submodules", "fetch-by-commit"])

const readQuery = (query: string): Either.Either<ReadonlyMap<string, string>, string> => {
  const values = new Map<string, string>()
  for (const part of query === "" ? [] : query.split("&")) {
    const at = part.indexOf("=")
    const key = decoded(at < 0 ? part : part.slice(0, at))
    const value = at < 0 ? "" : decoded(part.slice(at + 1).replaceAll("+", " "))
    if (!known.has(key)) return Either.left(`unexpected query "${key}"`)
    if (values.has(key)) return Either.left(`query "${key}" has multiple values`)
    if (value === "" && !mayBeEmpty.has(key)) return Either.left(`query "${key}" has no value`)
    if (mayBeEmpty.has(key) && truths[value] === undefined)
      return Either.left(`invalid ${key} value: "${value}"`)
    values.set(key, value)
  }
  return Either.right(values)
}

/** One value of several that may be given; they must agree. */
const agreed = (what: string, values: ReadonlyArray<string>): Either.Either<string | undefined, string> => {
  const [first, second] = [...new Set(values.filter((value) => value !== ""))]
  return second === undefined
    ? Either.right(first)
    : Either.left(`${what} conflicts: "${first}" vs "${second}"`)
}

/**
 * Reads an address of a repository by BuildKit's rules: `ssh://…`, `git://…`, `user@host:path`, and web addresses whose path
 * ends in `.git`; `#ref:subdir` or `?ref=…&subdir=…` (`tag`, `branch`, `checksum`, `keep-git-dir`, `submodules`, `mtime`) say what of it.
 * Undefined for anything else, which is a path or a file on the web. Left: why an address of a repository is refused.
 */
export const parse = (text: string): Either.Either<GitRef, string> | undefined => {
  const address = addressOf(text)
  return address === undefined ? undefined : read(address)
}

/** The same for a build's context, where `github.com/owner/name` is a repository too. */
export const parseContext = (text: string): Either.Either<GitRef, string> | undefined => {
  if (!text.startsWith("github.com/")) return parse(text)
  const [, , authority = "", path = "", query = "", fragment = ""] = withScheme.exec(`https://${text}`) ?? []
  return read({ remote: `https://${authority}${path}`, query, fragment })
}

const read = ({ remote, query, fragment }: Address): Either.Either<GitRef, string> =>
  Either.gen(function* () {
    if (hostile.test(remote) || hasOption(remote))
      return yield* Either.left(`invalid git address "${remote}"`)
    const values = yield* readQuery(query)
    const colon = fragment.indexOf(":")
    const named = decoded(colon < 0 ? fragment : fragment.slice(0, colon))
    const tag = values.get("tag")
    const branch = values.get("branch")
    if (tag !== undefined && branch !== undefined) return yield* Either.left("branch conflicts with tag")
    const ref = yield* agreed("ref", [
      named,
      values.get("ref") ?? "",
      tag === undefined ? "" : prefixed("refs/tags/", tag),
      branch === undefined ? "" : prefixed("refs/heads/", branch)
    ])
    if (ref !== undefined && !isRefName(ref)) return yield* Either.left(`invalid git ref "${ref}"`)
    const inside = (path: string) => TreePath.absolute(path).slice(1)
    const subdirectory = yield* agreed("subdir", [
      colon < 0 ? "" : inside(decoded(fragment.slice(colon + 1))),
      inside(values.get("subdir") ?? "")
    ])
    const checksum = yield* agreed("checksum", [values.get("checksum") ?? "", values.get("commit") ?? ""])
    if (checksum !== undefined) yield* checkedChecksum(checksum)
    const mtime = values.get("mtime") ?? "commit"
    if (mtime !== "commit" && mtime !== "checkout")
      return yield* Either.left(`invalid mtime value: "${mtime}" (must be "checkout" or "commit")`)
    const keep = values.get("keep-git-dir")
    const byCommit = truths[values.get("fetch-by-commit") ?? "false"] === true
    if (byCommit && !isCommit(checksum ?? ref ?? ""))
      return yield* Either.left("fetch-by-commit requires a full commit SHA")
    return {
      remote,
      // The commit is taken as it is, whatever the reference leads to by now.
      ref: byCommit ? (checksum ?? ref) : ref,
      subdirectory: subdirectory ?? "",
      checksum,
      keepGitDirectory: keep === undefined ? undefined : truths[keep],
      submodules: truths[values.get("submodules") ?? "true"] ?? true,
      times: mtime
    }
  })

/** A name that git accepts (git-check-ref-format), as far as it matters: no option, no pattern, no refspec. */
export const isRefName = (ref: string): boolean =>
  ref !== "" && !ref.startsWith("-") && !/[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|\.lock$|\/$/u.test(ref)

/** A whole commit name: nothing has to be asked to know what it is. */
export const isCommit = (ref: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)

/** Fails for what cannot be the beginning of a commit's name. */
export const checkedChecksum = (checksum: string): Either.Either<void, string> =>
  /^[0-9a-fA-F]{1,64}$/.test(checksum)
    ? Either.void
    : Either.left(`invalid checksum ${checksum} for Git URL, expected hex commit hash`)

/** What a reference is on a remote. */
export interface Advertised {
  /** The commit; of an annotated tag the one that it is of. */
  readonly commit: string
  /** The annotated tag's own name, where it is one. */
  readonly tag: string | undefined
  /** The full reference, `refs/heads/main`; undefined for HEAD and for commits. */
  readonly ref: string | undefined
}

/**
 * Chooses among what `git ls-remote` lists: tags before branches before other references, as BuildKit does. Undefined where
 * the remote has no such reference.
 */
export const choose = (listed: string, ref: string | undefined): Advertised | undefined => {
  const commits = new Map<string, string>()
  for (const line of listed.split("\n")) {
    const [commit = "", name = ""] = line.split("\t")
    if (isCommit(commit)) commits.set(name, commit)
  }
  if (ref === undefined) {
    const commit = commits.get("HEAD")
    return commit === undefined ? undefined : { commit, tag: undefined, ref: undefined }
  }
  for (const name of [prefixed("refs/tags/", ref), prefixed("refs/heads/", ref), prefixed("refs/", ref)]) {
    const commit = commits.get(name)
    if (commit === undefined) continue
    const peeled = commits.get(`${name}^{}`)
    return { commit: peeled ?? commit, tag: peeled === undefined ? undefined : commit, ref: name }
  }
  return undefined
}

/** An address without user and password, for messages. */
export const redacted = (remote: string): string => remote.replace(/^([a-z]+:\/\/)[^/@]*@/i, "$1xxxxx@")

/** The host of an address, with its port: what credentials are for. */
export const hostOf = (remote: string): string =>
  /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]*)/i.exec(remote)?.[1] ?? /^[^@]*@([^:]*):/.exec(remote)?.[1] ?? ""
