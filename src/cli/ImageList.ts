import * as Either from "effect/Either"
import { ago, goTime } from "../core/display/Age.js"
import { shortId } from "../core/display/Ellipsis.js"
import type { Listing, Row } from "../core/display/Listing.js"
import { decimalSize } from "../core/display/Size.js"
import * as Reference from "../core/oci/Reference.js"
import { sizeBytes } from "../core/store/ImageRecord.js"
import type { StoredImage } from "../edge/store/ImageStore.js"

const none = "<none>"

/** How `images` lists, with or without the column of digests. */
export const listing = (digests: boolean): Listing => ({
  columns: `{{.Repository}}\t{{.Tag}}\t${digests ? "{{.Digest}}\t" : ""}{{.ID}}\t{{.CreatedSince}}\t{{.Size}}`,
  titles: {
    Containers: "CONTAINERS",
    CreatedAt: "CREATED AT",
    CreatedSince: "CREATED",
    Digest: "DIGEST",
    ID: "IMAGE ID",
    Repository: "REPOSITORY",
    SharedSize: "SHARED SIZE",
    Size: "SIZE",
    Tag: "TAG",
    UniqueSize: "UNIQUE SIZE",
    VirtualSize: "SIZE"
  },
  raw: `repository: {{.Repository}}
tag: {{.Tag}}
${digests ? "digest: {{.Digest}}\n" : ""}image_id: {{.ID}}
created_at: {{.CreatedAt}}
virtual_size: {{.Size}}
`,
  type: "*formatter.imageContext"
})

export interface Shown {
  /** One row for each digest of a tag, and rows for digests without a tag; else a tag once. */
  readonly digests: boolean
  readonly wholeIds: boolean
  readonly now_ms: number
}

interface Name {
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

const parsed = (names: ReadonlyArray<string>) =>
  names.flatMap((name) =>
    Either.match(Reference.parse(name), {
      onLeft: () => [],
      onRight: (reference) => [{ ...reference, repository: Reference.familiarRepository(reference) }]
    })
  )

const namesOf = ({ names, record }: StoredImage, digests: boolean): ReadonlyArray<Name> => {
  const tagged = parsed(names)
  const digested = parsed(record.repoDigests)
  const rows = tagged.flatMap(({ repository, tag = none }): ReadonlyArray<Name> => {
    const own = digested.filter((one) => digests && one.repository === repository)
    if (own.length === 0) return [{ repository, tag, digest: none }]
    return own.map(({ digest = none }) => ({ repository, tag, digest }))
  })
  const untagged = digested.filter(({ repository }) => !tagged.some((one) => one.repository === repository))
  const others = untagged.map(({ repository, digest = none }) => ({ repository, tag: none, digest }))
  const once = digests
    ? others
    : others.filter((one, at) => others.findIndex((o) => o.repository === one.repository) === at)
  const all = [...rows, ...once]
  return all.length === 0 ? [{ repository: none, tag: none, digest: none }] : all
}

/** The rows of `images`: one for each name, or one of `<none>` for an image without any. */
export const rows = (images: ReadonlyArray<StoredImage>, shown: Shown): ReadonlyArray<Row> =>
  images.flatMap((image) => {
    const { record } = image
    const created_ms = Date.parse(record.created ?? "")
    return namesOf(image, shown.digests).map(({ repository, tag, digest }) => ({
      Containers: "N/A",
      CreatedAt: created_ms > 0 ? goTime(created_ms) : "N/A",
      CreatedSince: ago(created_ms, shown.now_ms),
      Digest: digest,
      ID: shown.wholeIds ? record.id : shortId(record.id),
      Repository: repository,
      SharedSize: "N/A",
      Size: decimalSize(sizeBytes(record)),
      Tag: tag,
      UniqueSize: "N/A",
      VirtualSize: decimalSize(sizeBytes(record), 4)
    }))
  })
