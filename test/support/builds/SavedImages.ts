import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Readable, Writable } from "node:stream"
import * as zlib from "node:zlib"
import { extract, type Header } from "tar-stream"

/** One entry of a layer's tar. */
export interface Entry {
  readonly header: Header
  readonly data: Buffer
}

/** An image of an archive that an engine saved: its config and its layers, bottom first. */
export interface SavedImage {
  readonly config: Readonly<Record<string, unknown>>
  readonly diffIds: ReadonlyArray<string>
  readonly layers: ReadonlyArray<ReadonlyArray<Entry>>
}

const entriesOf = (input: Buffer | Readable): Promise<ReadonlyArray<Entry>> =>
  new Promise((resolve, reject) => {
    const entries: Array<Entry> = []
    const reader = extract()
    reader.on("entry", (header, stream, next) => {
      const chunks: Array<Buffer> = []
      stream.on("error", reject)
      stream.pipe(
        new Writable({
          write: (chunk: Buffer, _, done) => {
            chunks.push(chunk)
            done()
          },
          final: (done) => {
            entries.push({ header, data: Buffer.concat(chunks) })
            done()
            next()
          }
        })
      )
    })
    reader.on("finish", () => resolve(entries))
    reader.on("error", reject)
    if (Buffer.isBuffer(input)) reader.end(input)
    else input.on("error", reject).pipe(reader)
  })

/**
 * The images of a `docker save` archive by their names. Read with tar-stream, so with nothing of what is tested; links
 * between members, which older engines write for shared layers, are followed.
 */
export const read = async (file: string): Promise<ReadonlyMap<string, SavedImage>> => {
  const members = new Map(
    (await entriesOf(fs.createReadStream(file))).map((entry) => [
      path.posix.normalize(entry.header.name),
      entry
    ])
  )
  const bytes = (name: string): Buffer => {
    const entry = members.get(path.posix.normalize(name))
    if (entry === undefined) throw new Error(`${file} has no ${name}`)
    const { type, linkname } = entry.header
    if (type === "symlink") return bytes(path.posix.join(path.posix.dirname(name), linkname ?? ""))
    return type === "link" ? bytes(linkname ?? "") : entry.data
  }
  const layers = new Map<string, Promise<ReadonlyArray<Entry>>>()
  const layer = (name: string): Promise<ReadonlyArray<Entry>> => {
    const tar = bytes(name)
    const digest = createHash("sha256").update(tar).digest("hex")
    const known = layers.get(digest)
    if (known !== undefined) return known
    const made = entriesOf(tar[0] === 0x1f ? zlib.gunzipSync(tar) : tar)
    layers.set(digest, made)
    return made
  }
  const manifest: ReadonlyArray<{
    Config: string
    RepoTags: ReadonlyArray<string>
    Layers: ReadonlyArray<string>
  }> = JSON.parse(bytes("manifest.json").toString())
  const images = await Promise.all(
    manifest.map(async ({ Config, RepoTags, Layers }) => {
      const { config, rootfs, author } = JSON.parse(bytes(Config).toString())
      const image: SavedImage = {
        config: { ...config, Author: author },
        diffIds: rootfs.diff_ids,
        layers: await Promise.all(Layers.map(layer))
      }
      return RepoTags.map((name) => [name.replace(/:latest$/, ""), image] as const)
    })
  )
  return new Map(images.flat())
}
