import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { corrupt, type StoreError } from "../StoreError.js"
import { readIfThere } from "./DurableFile.js"

/** What a record file says; undefined where there is none; throws a `Corrupt` StoreError where it says something else. */
export const readRecord = <A, I>(schema: Schema.Schema<A, I>, file: string): A | undefined => {
  const text = readIfThere(file)
  return text === undefined ? undefined : Either.getOrThrowWith(decode(schema, file, text), (error) => error)
}

export const decode = <A, I>(
  schema: Schema.Schema<A, I>,
  file: string,
  text: string
): Either.Either<A, StoreError> =>
  Either.mapLeft(Schema.decodeUnknownEither(Schema.parseJson(schema))(text), (cause) =>
    corrupt(
      file,
      `${file} is damaged: ${cause.message.split("\n")[0]}; \`kasane check\` tells what can be done`,
      cause
    )
  )

export const encode = <A, I>(schema: Schema.Schema<A, I>, value: A): string =>
  JSON.stringify(Schema.encodeSync(schema)(value))
