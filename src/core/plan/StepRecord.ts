import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import type { CacheKey } from "./CacheKey.js"
import type { Earlier } from "./Explanation.js"
import * as InputFiles from "./InputFiles.js"

/**
 * What a cache keeps of a step beside its result: its key before it was hashed and the files it read, so that a later miss
 * can be explained. `files` holds printed entries by component name.
 */
const Detail = Schema.Struct({
  keyword: Schema.String,
  components: Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.String, Schema.String)),
  files: Schema.Record({ key: Schema.String, value: Schema.String })
})

const decode = Schema.decodeUnknownEither(Detail)

/** An earlier step as a cache had it. */
export interface StepRecord extends Earlier {
  readonly keyword: string
}

/** The plain data to keep. */
export const encode = (keyword: string, earlier: Earlier): typeof Detail.Encoded => ({
  keyword,
  components: earlier.key.components.map(({ kind, name, value, note }) => [kind, name, value, note]),
  files: Object.fromEntries(
    Object.entries(earlier.files).map(([name, entries]) => [name, InputFiles.print(entries)])
  )
})

const kinds: Readonly<Record<string, CacheKey["components"][number]["kind"]>> = Object.fromEntries(
  (
    [
      "parent",
      "platform",
      "instruction",
      "command",
      "variable",
      "directory",
      "user",
      "network",
      "security",
      "mount",
      "files",
      "inline",
      "remote",
      "sources",
      "destination",
      "chown",
      "chmod",
      "options"
    ] as const
  ).map((kind) => [kind, kind])
)

/** The inverse of {@link encode}; undefined for what no version of it has made. */
export const parse = (detail: unknown): StepRecord | undefined =>
  Either.match(decode(detail), {
    onLeft: () => undefined,
    onRight: ({ keyword, components, files }) => ({
      keyword,
      key: {
        components: components.flatMap(([kind, name, value, note]) => {
          const known = kinds[kind]
          return known === undefined ? [] : [{ kind: known, name, value, note }]
        })
      },
      files: Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name, InputFiles.parse(text) ?? []])
      )
    })
  })
