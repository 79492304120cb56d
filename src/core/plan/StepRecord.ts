import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { Digest } from "../oci/Digest.js"
import type { CacheKey } from "./CacheKey.js"
import type { Earlier } from "./Explanation.js"
import * as InputFiles from "./InputFiles.js"

/** What a step read of a stage or image, so that its key can be told without that stage's files. */
export const SelectionDigest = Schema.Struct({
  /** The stack of layers, and what of it was selected (see Selection.name). */
  selection: Digest,
  digest: Digest,
  /** The sources as the history entry names them. */
  sources: Schema.String
})
export type SelectionDigest = typeof SelectionDigest.Type

/**
 * What a cache keeps of a step beside its result: its key before it was hashed and the files it read, so that a later miss
 * can be explained. `files` holds printed entries by component name.
 */
const Detail = Schema.Struct({
  keyword: Schema.String,
  components: Schema.Array(Schema.Tuple(Schema.String, Schema.String, Schema.String, Schema.String)),
  files: Schema.Record({ key: Schema.String, value: Schema.String }),
  selection: Schema.optional(SelectionDigest)
})

const decode = Schema.decodeUnknownEither(Detail)

/** An earlier step as a cache had it. */
export interface StepRecord extends Earlier {
  readonly keyword: string
  readonly selection: SelectionDigest | undefined
}

/** The plain data to keep. */
export const encode = (
  keyword: string,
  earlier: Earlier,
  selection?: SelectionDigest
): typeof Detail.Encoded => ({
  keyword,
  ...(selection !== undefined && { selection }),
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
      "sandbox",
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

/** What a cache keeps beside the image of a step that failed: it is there to look around in, and is nobody's result. */
export const failed = { failedStep: true }

/** Of what a cache keeps beside a result: a step's key, the mark of a failed one, or nothing: an image under its identity. */
export const kindOf = (detail: unknown): "step" | "failed" | "image" =>
  typeof detail !== "object" || detail === null ? "image" : "failedStep" in detail ? "failed" : "step"

/** The inverse of {@link encode}; undefined for what no version of it has made. */
export const parse = (detail: unknown): StepRecord | undefined =>
  Either.match(decode(detail), {
    onLeft: () => undefined,
    onRight: ({ keyword, components, files, selection }) => ({
      keyword,
      selection,
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
