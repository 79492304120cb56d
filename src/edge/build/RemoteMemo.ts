import * as fs from "node:fs"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Digest from "../../core/oci/Digest.js"

/** What a server said of a file when it was downloaded last, so that it can be asked whether that is still so. */
const Memory = Schema.Struct({
  url: Schema.String,
  etag: Schema.optional(Schema.String),
  lastModified: Schema.optional(Schema.String),
  digest: Schema.String,
  /** Seconds since 1970. */
  modified: Schema.Number
})
export type RemoteMemory = typeof Memory.Type

const decode = Schema.decodeUnknownEither(Schema.parseJson(Memory))

const fileOf = (cache: string, url: string): string => `${cache}/http/${Digest.hex(Digest.ofBytes(url))}.json`

/** A memory that cannot be read only costs time. */
export const recall = (cache: string, url: string): RemoteMemory | undefined => {
  try {
    const found = Either.getOrUndefined(decode(fs.readFileSync(fileOf(cache, url), "utf8")))
    return found?.url === url ? found : undefined
  } catch {
    return undefined
  }
}

/** Keeps what has something to be asked by. */
export const keep = (cache: string, memory: RemoteMemory): void => {
  if (memory.etag === undefined && memory.lastModified === undefined) return
  const file = fileOf(cache, memory.url)
  const temporary = `${file}.${process.pid}`
  try {
    fs.mkdirSync(`${cache}/http`, { recursive: true, mode: 0o700 })
    fs.writeFileSync(temporary, JSON.stringify(memory), { mode: 0o600 })
    fs.renameSync(temporary, file)
  } catch {
    fs.rmSync(temporary, { force: true })
  }
}
