import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { GitRef } from "../../core/plan/GitRef.js"
import type { TimedSource, TreeSource } from "./BuildContext.js"
import * as BuildError from "./BuildError.js"
import * as GitProgram from "./GitProgram.js"
import * as GitRepository from "./GitRepository.js"
import * as PipedContext from "./PipedContext.js"
import * as RemoteFile from "./RemoteFile.js"

const opened = (path: string): Effect.Effect<number, BuildError.BuildError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => fs.openSync(path, "r"),
      catch: (thrown) => BuildError.ofThrown(thrown, "cannot read the download")
    }),
    (fd) => Effect.sync(() => fs.closeSync(fd))
  )

/** What was fetched, and its own time in seconds since 1970; undefined where it has none. */
export interface Fetched<A> {
  readonly content: A
  readonly time: number | undefined
}

/**
 * The time of the newest regular file below a directory. Directories are walked here: Node 24 and later follow links in a recursive listing, and these are of
 * somebody else's archive.
 */
export const newest = (directory: string): number | undefined => {
  const times = fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = `${directory}/${entry.name}`
    if (entry.isDirectory()) return newest(path) ?? []
    return entry.isFile() ? [Math.floor(fs.lstatSync(path).mtimeMs / 1000)] : []
  })
  return times.length === 0 ? undefined : times.reduce((latest, time) => Math.max(latest, time))
}

const download = (url: string, checksum: string | undefined, root: string) =>
  RemoteFile.download({
    url,
    path: `${root}.download`,
    checksum,
    bytesMax: RemoteFile.contextBytesMax
  })

/**
 * Downloads a context beside `root` and unpacks it there; what is no archive is given as text, and `root` is empty. Its time is what the
 * server says, else that of the archive's newest file.
 */
export const fromUrl = (
  url: string,
  root: string,
  checksum?: string
): Effect.Effect<Fetched<PipedContext.PipedContext>, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { lastModified, modified, path } = yield* download(url, checksum, root)
    const content = yield* PipedContext.unpack(yield* opened(path), root)
    const own = content._tag === "Archive" ? newest(root) : undefined
    return { content, time: lastModified === undefined ? own : modified }
  })

interface GitSource {
  readonly repository: GitRef
  readonly access: GitProgram.GitAccess
}

const found = ({ access, repository }: GitSource, root: string) =>
  Effect.gen(function* () {
    const git = yield* GitProgram.make(`${root}.git-settings`, repository.remote, access)
    return { git, commit: yield* GitRepository.resolve(git, repository) }
  })

/** Fetches a repository into `root`; gives the directory that is asked of it. Its time is the commit's. */
export const fromGit = (
  source: GitSource,
  root: string
): Effect.Effect<Fetched<string>, BuildError.BuildError> =>
  Effect.gen(function* () {
    const { repository } = source
    const { commit, git } = yield* found(source, root)
    const { committed, directory } = yield* GitRepository.checkOut(
      git,
      repository,
      commit,
      root,
      repository.keepGitDirectory ?? false
    )
    return { content: directory, time: committed }
  })

/** The own time of what lies elsewhere, in seconds since 1970, fetched as far as that takes; undefined where it has none. */
export const timeOf = (
  source: TimedSource,
  root: string
): Effect.Effect<number | undefined, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    if (source._tag === "Url") return (yield* fromUrl(source.url, root, source.checksum)).time
    const { commit, git } = yield* found(source, root)
    return yield* GitRepository.committed(git, source.repository, commit, root)
  })

/** The name, in a named context, of a file from the web that is no archive: BuildKit's. */
const fileName = "context"

/** The directory of a named context, fetched to `root`. */
export const tree = (
  source: Exclude<TreeSource, { readonly _tag: "Directory" }>,
  root: string
): Effect.Effect<string, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    if (source._tag === "Git") return (yield* fromGit(source, root)).content
    const { content } = yield* fromUrl(source.url, root)
    if (content._tag === "Text")
      yield* Effect.sync(() => fs.writeFileSync(`${root}/${fileName}`, content.text, { mode: 0o600 }))
    return root
  })
