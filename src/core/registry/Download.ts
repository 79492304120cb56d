import * as Data from "effect/Data"

/**
 * A blob's bytes over as many connections as it takes. `at` is how many bytes were handed on; a connection that breaks is
 * followed by another from there. Source: distribution-spec 1.1, "Pulling blobs"; RFC 9110 section 14.
 */
export interface Download {
  readonly size: number
  readonly at: number
  /** Where the connection at hand began. */
  readonly from: number
  /** Connections in a row that brought little. */
  readonly failures: number
}

/** What to do with an answer's body. */
export type Body = Data.TaggedEnum<{
  /** Drop this many bytes, hand on the rest. */
  Read: { readonly skip: number }
  /** Not usable; `status` answers belong to the caller. */
  Wrong: { readonly why: "Status" | "Size" | "Protocol"; readonly message: string }
}>
export const Body = Data.taggedEnum<Body>()

/** Connections in a row that bring little, after which a download is given up. */
export const failuresMax = 5

/** A connection that brings this many bytes was worth it: a registry that drops every one ends all the same. */
const worthwhile = 1024 * 1024

export const make = (size: number, offset: number): Download => ({
  size,
  at: offset,
  from: offset,
  failures: 0
})

export const isWhole = (download: Download): boolean => download.at >= download.size

const contentRange = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/

const wrong = (why: "Status" | "Size" | "Protocol", message: string) => Body.Wrong({ why, message })

const onPartial = (download: Download, range: string): Body => {
  const match = contentRange.exec(range.trim())
  if (match === null) return wrong("Protocol", `answered a part without a valid Content-Range`)
  const [, first, last, total] = match.map(Number)
  if (first !== download.at || (last ?? 0) < download.at) {
    return wrong("Protocol", `was asked for bytes from ${download.at} on and answered ${match[0]}`)
  }
  return Number.isFinite(total) && total !== download.size
    ? wrong("Size", `has ${total} bytes, its descriptor says ${download.size}`)
    : Body.Read({ skip: 0 })
}

/**
 * How to read an answer to a request for the bytes from `at` on. A registry that does not know ranges answers with the whole: its
 * first bytes are skipped. A length that cannot be right is told before any byte is read.
 */
export const body = (
  download: Download,
  answer: {
    readonly status: number
    readonly contentLength: number | undefined
    readonly contentRange: string | undefined
  }
): Body => {
  if (answer.status === 206) return onPartial(download, answer.contentRange ?? "")
  if (answer.status !== 200) return wrong("Status", `answered ${answer.status}`)
  return answer.contentLength !== undefined && answer.contentLength !== download.size
    ? wrong("Size", `has ${answer.contentLength} bytes, its descriptor says ${download.size}`)
    : Body.Read({ skip: download.at })
}

/** The download after `bytes` more were handed on. */
export const advanced = (download: Download, bytes: number): Download => ({
  ...download,
  at: download.at + bytes
})

/** The download after a connection ended early; undefined when it is to be given up. */
export const broken = (download: Download): Download | undefined => {
  const { at, from } = download
  const failures = (at - from >= worthwhile ? 0 : download.failures) + 1
  return failures >= failuresMax ? undefined : { ...download, from: at, failures }
}
