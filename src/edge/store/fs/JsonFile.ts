import * as fs from "node:fs"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { corrupt, type StoreError } from "../StoreError.js"
import { crashPoint } from "./CrashPoint.js"
import { readIfThere } from "./DurableFile.js"

/** What a record file says; undefined where there is none; throws a `Corrupt` StoreError where it says something else. */
export const readRecord = <A, I>(schema: Schema.Schema<A, I>, file: string): A | undefined => {
  const text = readIfThere(file)
  return text === undefined ? undefined : Either.getOrThrowWith(decode(schema, file, text), (error) => error)
}

const damaged = (file: string, cause: Error): StoreError =>
  corrupt(
    file,
    `${file} is damaged: ${cause.message.split("\n")[0]}; \`kasane check\` tells what can be done`,
    cause
  )

/** `schema` itself is decoded, never one derived from it on the spot: only what a schema has compiled once is kept. */
export const decode = <A, I>(
  schema: Schema.Schema<A, I>,
  file: string,
  text: string
): Either.Either<A, StoreError> =>
  Either.flatMap(
    Either.try({
      try: (): unknown => JSON.parse(text),
      catch: (cause) => damaged(file, cause instanceof Error ? cause : new SyntaxError(String(cause)))
    }),
    (json) => Either.mapLeft(Schema.decodeUnknownEither(schema)(json), (cause) => damaged(file, cause))
  )

export const encode = <A, I>(schema: Schema.Schema<A, I>, value: A): string =>
  JSON.stringify(Schema.encodeSync(schema)(value))

/** Replaces a file about what runs whole. The kernel tells that after a power cut, so nothing is synced. */
export const replaceQuickly = (file: string, text: string): void => {
  const beside = `${file}.${process.pid}.tmp`
  fs.writeFileSync(beside, text, { mode: 0o600 })
  crashPoint()
  fs.renameSync(beside, file)
}
