import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as GitRef from "../../core/plan/GitRef.js"
import { ContextSource } from "../../edge/build/BuildContext.js"
import * as BuildErrors from "../../edge/build/BuildError.js"
import type { GitAccess } from "../../edge/build/GitProgram.js"
import { type BuildFailure, failure } from "../../engine/build/BuildRequest.js"

const stdin: Stream.Stream<Uint8Array, BuildErrors.BuildError> = Stream.suspend(() =>
  Stream.fromAsyncIterable<Uint8Array, BuildErrors.BuildError>(process.stdin, (cause) =>
    BuildErrors.make("context", "standard input cannot be read", cause)
  )
)

const everything = (stream: typeof stdin): Effect.Effect<Uint8Array, BuildFailure> =>
  Effect.mapBoth(Stream.runCollect(stream), {
    onFailure: (error) => failure(error.message, error),
    onSuccess: (chunks) => Buffer.concat([...chunks])
  })

/** What is no directory here may be an address: of a repository, or of a file on the web. */
export type Place =
  | { readonly _tag: "Directory"; readonly path: string }
  | { readonly _tag: "Git"; readonly repository: GitRef.GitRef }
  | { readonly _tag: "Url"; readonly url: string }

/** What a context's argument names. A directory that is there goes before an address that looks the same. */
export const placeOf = (text: string): Effect.Effect<Place, BuildFailure> => {
  if (fs.existsSync(text)) return Effect.succeed({ _tag: "Directory", path: text })
  const repository = GitRef.parseContext(text)
  if (repository !== undefined)
    return Either.match(repository, {
      onLeft: (message) => failure(`unable to prepare context: ${message}`),
      onRight: (found) => Effect.succeed({ _tag: "Git", repository: found })
    })
  return Effect.succeed(
    /^https?:\/\//.test(text) ? { _tag: "Url", url: text } : { _tag: "Directory", path: text }
  )
}

const settings = (value: string | undefined): boolean => /^(1|t|true)$/i.test(value ?? "")

/** What build's argument and `--file` mean together; either may be standard input (`-`), not both. */
export const sourceOf = (
  path: string,
  file: string | undefined,
  access: GitAccess,
  buildArgs: Readonly<Record<string, string>>
): Effect.Effect<ContextSource, BuildFailure> =>
  Effect.gen(function* () {
    if (path === "-")
      return file === "-"
        ? yield* failure("invalid argument: can't use stdin for both build context and dockerfile")
        : ContextSource.Piped({ bytes: stdin, dockerfile: file })
    const place = yield* placeOf(path)
    const dockerfile = file === "-" ? yield* everything(stdin) : file
    if (place._tag !== "Git") return { ...place, dockerfile }
    const keepGitDirectory =
      place.repository.keepGitDirectory ?? settings(buildArgs["BUILDKIT_CONTEXT_KEEP_GIT_DIR"])
    return ContextSource.Git({ repository: { ...place.repository, keepGitDirectory }, access, dockerfile })
  })
