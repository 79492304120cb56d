import * as fs from "node:fs/promises"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { StoreError } from "../store/StoreError.js"

const failed = (file: string) => (cause: unknown) =>
  new StoreError({
    reason: "Io",
    subject: file,
    message: `${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause
  })

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT"

/** Small files of one kind, which are there whole or not at all. What cannot be read back is as good as forgotten. */
export const of = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(Schema.parseJson(schema))
  const encode = Schema.encodeSync(Schema.parseJson(schema))
  return {
    read: (file: string): Effect.Effect<Option.Option<A>, StoreError> =>
      Effect.tryPromise({ try: () => fs.readFile(file, "utf8"), catch: (cause) => cause }).pipe(
        Effect.map((text) => Either.getRight(decode(text))),
        Effect.catchAll((cause) => (isMissing(cause) ? Effect.succeedNone : Effect.fail(failed(file)(cause))))
      ),
    write: (file: string, value: A): Effect.Effect<void, StoreError> =>
      Effect.tryPromise({
        try: async () => {
          await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
          const temporary = `${file}.${process.pid}.tmp`
          await fs.writeFile(temporary, encode(value))
          await fs.rename(temporary, file)
        },
        catch: failed(file)
      }),
    /** False where there was none. */
    remove: (file: string): Effect.Effect<boolean, StoreError> =>
      Effect.tryPromise({ try: () => fs.rm(file), catch: (cause) => cause }).pipe(
        Effect.as(true),
        Effect.catchAll((cause) =>
          isMissing(cause) ? Effect.succeed(false) : Effect.fail(failed(file)(cause))
        )
      )
  }
}
