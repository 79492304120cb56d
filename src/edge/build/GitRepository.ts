import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as GitRef from "../../core/plan/GitRef.js"
import * as BuildError from "./BuildError.js"
import type { GitProgram } from "./GitProgram.js"
import * as RootTree from "./RootTree.js"

/**
 * What the reference of a repository is now. Asks the remote, but for a whole commit name. `remote` where it has no such
 * reference, or where that is not what the checksum says.
 */
export const resolve = (
  git: GitProgram,
  { remote, ref, checksum }: GitRef.GitRef
): Effect.Effect<GitRef.Advertised, BuildError.BuildError> =>
  Effect.gen(function* () {
    const found: GitRef.Advertised | undefined =
      ref !== undefined && GitRef.isCommit(ref)
        ? { commit: ref, tag: undefined, ref: undefined }
        : GitRef.choose(
            yield* git.run([
              "ls-remote",
              "--",
              remote,
              ref ?? "HEAD",
              ...(ref === undefined ? [] : [`${ref}^{}`])
            ]),
            ref
          )
    if (found === undefined)
      return yield* BuildError.make(
        "remote",
        `failed to fetch ${GitRef.redacted(remote)}: repository does not contain ref ${ref ?? "HEAD"}`
      )
    const wanted = checksum?.toLowerCase()
    if (wanted !== undefined && !found.commit.startsWith(wanted) && !(found.tag ?? "").startsWith(wanted))
      return yield* BuildError.make(
        "remote",
        `failed to fetch ${GitRef.redacted(remote)}: expected checksum to match ${checksum}, got ${found.commit}`
      )
    return found
  })

/** A repository of one commit, not checked out. */
const one = (git: GitProgram, remote: string, commit: string, directory: string) =>
  Effect.gen(function* () {
    const inside: Inside = (...args) => git.run(["-C", directory, ...args])
    yield* git.run(["init", "--quiet", "--template=", "--", directory])
    yield* inside("remote", "add", "origin", remote)
    yield* fetched(inside, commit)
    return inside
  })

/** When a commit was made, in seconds since 1970. */
const timeOf = (inside: Inside, commit: string) =>
  Effect.map(inside("show", "--no-patch", "--format=%ct", commit), Number)

/** When a commit was made, in seconds since 1970; fetched into `directory` (made by this). */
export const committed = (
  git: GitProgram,
  { remote }: GitRef.GitRef,
  { commit }: GitRef.Advertised,
  directory: string
): Effect.Effect<number, BuildError.BuildError> =>
  Effect.flatMap(one(git, remote, commit, directory), (inside) => timeOf(inside, commit))

/** What was checked out, and when its commit was made, in seconds since 1970. */
export interface CheckedOut {
  readonly directory: string
  readonly committed: number
}

/**
 * Checks a commit out into `directory` (made by this), as BuildKit does: files 0644 or 0755, directories 0755, submodules in their
 * places; `.git` only if it is to be kept. Times are the commit's unless the address says otherwise. Gives the subdirectory's
 * path; a link on the way to it is refused.
 */
export const checkOut = (
  git: GitProgram,
  repository: GitRef.GitRef,
  found: GitRef.Advertised,
  directory: string,
  keepGitDirectory: boolean
): Effect.Effect<CheckedOut, BuildError.BuildError> =>
  Effect.gen(function* () {
    const inside = yield* one(git, repository.remote, found.commit, directory)
    yield* inside("checkout", "--quiet", "--force", "--detach", found.commit, "--")
    if (repository.submodules && fs.existsSync(`${directory}/.gitmodules`))
      yield* inside("submodule", "--quiet", "update", "--init", "--recursive", "--depth=1")
    const committed = yield* timeOf(inside, found.commit)
    const seconds = repository.times === "commit" ? committed : undefined
    if (keepGitDirectory) yield* named(inside, repository, found)
    return yield* Effect.try({
      try: () => {
        if (keepGitDirectory) forget(directory)
        settle(directory, keepGitDirectory, seconds)
        return { directory: subdirectoryOf(directory, repository.subdirectory), committed }
      },
      catch: (thrown) => BuildError.ofThrown(thrown, `cannot check out ${GitRef.redacted(repository.remote)}`)
    })
  })

type Inside = (...args: ReadonlyArray<string>) => Effect.Effect<string, BuildError.BuildError>

/** The one commit, or (from a server that gives out references only) everything until it is there. */
const fetched = (inside: Inside, commit: string): Effect.Effect<void, BuildError.BuildError> => {
  const fetch = ["fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules"]
  return inside(...fetch, "--depth=1", "origin", commit).pipe(
    Effect.catchTag("BuildError", (error) =>
      error.reason === "unsupported"
        ? error
        : inside(...fetch, "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
    ),
    Effect.zipRight(inside("cat-file", "-e", `${commit}^{commit}`))
  )
}

/** A kept directory has the branch or tag that it was made from, and no password. */
const named = (inside: Inside, { remote }: GitRef.GitRef, { ref, commit }: GitRef.Advertised) =>
  Effect.gen(function* () {
    yield* inside("remote", "set-url", "origin", remote.replace(/^(https?:\/\/)[^/@]*@/, "$1"))
    if (ref?.startsWith("refs/heads/"))
      yield* inside("checkout", "--quiet", "-B", ref.slice(11), commit, "--")
    else if (ref !== undefined) yield* inside("update-ref", ref, commit)
  })

/** What only tells how and when it was fetched. */
const forget = (directory: string): void => {
  for (const name of ["FETCH_HEAD", "ORIG_HEAD", "logs"])
    fs.rmSync(`${directory}/.git/${name}`, { recursive: true, force: true })
}

/** Gives everything below the modes and times that it is to have; without `.git` where it is not kept. */
const settle = (directory: string, keepsGit: boolean, seconds: number | undefined): void => {
  for (const name of fs.readdirSync(directory)) {
    const file = `${directory}/${name}`
    const stats = fs.lstatSync(file)
    if (name === ".git" && !keepsGit) fs.rmSync(file, { recursive: true, force: true })
    else if (stats.isDirectory()) settle(file, keepsGit, seconds)
    else {
      if (stats.isFile()) fs.chmodSync(file, (stats.mode & 0o100) === 0 ? 0o644 : 0o755)
      if (seconds !== undefined) fs.lutimesSync(file, seconds, seconds)
    }
  }
  fs.chmodSync(directory, 0o755)
  if (seconds !== undefined) fs.utimesSync(directory, seconds, seconds)
}

const subdirectoryOf = (root: string, subdirectory: string): string => {
  let at = root
  for (const name of subdirectory === "" ? [] : subdirectory.split("/")) {
    at = path.join(at, name)
    if (RootTree.lookAt(at)?.kind !== "directory")
      throw BuildError.make("context", `git subpath "${subdirectory}" contains non-directory "${name}"`)
  }
  return at
}
