import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { attempt, failure } from "../store/fs/Failure.js"
import { missing, StoreError } from "../store/StoreError.js"
import type { OpenArchive } from "./Archives.js"

const readBytes = 256 * 1024
const wholeMax = 16 * 1024 * 1024

/** The file that a path of the archive means: links are followed, but not out of the directory. */
const locate = (root: string, wanted: string): string | undefined => {
  try {
    const real = fs.realpathSync(path.join(root, path.posix.normalize(`/${wanted}`)))
    const isInside = real.startsWith(`${fs.realpathSync(root)}/`)
    return isInside && fs.statSync(real).isFile() ? real : undefined
  } catch {
    return undefined
  }
}

/** The files of a directory that nobody else changes. */
export const of = (root: string): OpenArchive => {
  const file = (wanted: string): Effect.Effect<string, StoreError> =>
    Effect.suspend(() => {
      const found = locate(root, wanted)
      return found === undefined
        ? Effect.fail(missing(wanted, `the archive has no file ${wanted}`))
        : Effect.succeed(found)
    })
  const size = (wanted: string) =>
    Effect.flatMap(file(wanted), (found) => attempt("read", wanted, () => fs.statSync(found).size))
  return {
    has: (wanted) => locate(root, wanted) !== undefined,
    size,
    bytes: (wanted) =>
      Effect.gen(function* () {
        if ((yield* size(wanted)) > wholeMax)
          return yield* new StoreError({
            reason: "Refused",
            subject: wanted,
            message: `${wanted} in the archive is longer than 16 MiB`
          })
        const found = yield* file(wanted)
        return yield* attempt("read", wanted, () => fs.readFileSync(found))
      }),
    stream: (wanted, offset = 0) =>
      Stream.unwrap(
        Effect.map(file(wanted), (found) =>
          Stream.fromAsyncIterable(
            fs.createReadStream(found, { start: offset, highWaterMark: readBytes }),
            (cause) => failure("read", wanted, cause)
          )
        )
      )
  }
}
