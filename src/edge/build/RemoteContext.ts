import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { GitRef } from "../../core/plan/GitRef.js"
import type { TreeSource } from "./BuildContext.js"
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

/** Downloads a context beside `root` and unpacks it there; what is no archive is given as text, and `root` is empty. */
export const fromUrl = (
  url: string,
  root: string
): Effect.Effect<PipedContext.PipedContext, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    const { path } = yield* RemoteFile.download({
      url,
      path: `${root}.download`,
      checksum: undefined,
      bytesMax: RemoteFile.contextBytesMax
    })
    return yield* PipedContext.unpack(yield* opened(path), root)
  })

/** Fetches a repository into `root`; gives the directory that is asked of it. */
export const fromGit = (
  { repository, access }: { readonly repository: GitRef; readonly access: GitProgram.GitAccess },
  root: string
): Effect.Effect<string, BuildError.BuildError> =>
  Effect.gen(function* () {
    const git = yield* GitProgram.make(`${root}.git-settings`, repository.remote, access)
    const found = yield* GitRepository.resolve(git, repository)
    return yield* GitRepository.checkOut(git, repository, found, root, repository.keepGitDirectory ?? false)
  })

/** The name, in a named context, of a file from the web that is no archive: BuildKit's. */
const fileName = "context"

/** The directory of a named context, fetched to `root`. */
export const tree = (
  source: Exclude<TreeSource, { readonly _tag: "Directory" }>,
  root: string
): Effect.Effect<string, BuildError.BuildError, Scope.Scope> =>
  Effect.gen(function* () {
    if (source._tag === "Git") return yield* fromGit(source, root)
    const context = yield* fromUrl(source.url, root)
    if (context._tag === "Text")
      yield* Effect.sync(() => fs.writeFileSync(`${root}/${fileName}`, context.text, { mode: 0o600 }))
    return root
  })
