import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ContextSource } from "../../edge/build/BuildContext.js"
import * as BuildErrors from "../../edge/build/BuildError.js"
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

/** What build's argument and `--file` mean together; either may be standard input (`-`), not both. */
export const sourceOf = (
  path: string,
  file: string | undefined
): Effect.Effect<ContextSource, BuildFailure> => {
  if (path === "-")
    return file === "-"
      ? failure("invalid argument: can't use stdin for both build context and dockerfile")
      : Effect.succeed(ContextSource.Piped({ bytes: stdin, dockerfile: file }))
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(path))
    return failure(`unable to prepare context: a context from ${path} is not supported yet`)
  return file === "-"
    ? Effect.map(everything(stdin), (dockerfile) => ContextSource.Directory({ path, dockerfile }))
    : Effect.succeed(ContextSource.Directory({ path, dockerfile: file }))
}
