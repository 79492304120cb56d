import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as BuildError from "./BuildError.js"
import type { RemoteMemory } from "./RemoteMemo.js"

/** A remote file, downloaded. */
export interface Download {
  readonly path: string
  /** `sha256:<hex>` of the content. */
  readonly digest: string
  /** What the server said of its last change, in seconds; else the start of time, so that two downloads are the same. */
  readonly modified: number
  /** What the server can be asked by later. */
  readonly etag?: string
  readonly lastModified?: string
}

const redirectsMax = 10

/** More than any context has; what a server sends beyond it is not read. */
export const contextBytesMax = 64 * 2 ** 30

export interface DownloadRequest {
  readonly url: string
  readonly path: string
  /** `sha256:<hex>` that the content must have. */
  readonly checksum: string | undefined
  readonly bytesMax: number
}

/**
 * Downloads a file to `path`. A server's redirect is followed, from https to https only. `remote` on any answer but 200,
 * where the content has not the digest that was asked for, or is too large: then nothing stays.
 */
export const download = ({
  url,
  path,
  checksum,
  bytesMax
}: DownloadRequest): Effect.Effect<Download, BuildError.BuildError> =>
  Effect.gen(function* () {
    const response = yield* follow(url, redirectsMax, {})
    const hash = crypto.createHash("sha256")
    const output = fs.openSync(path, "wx", 0o600)
    yield* Effect.tryPromise({
      try: async () => {
        let size = 0
        for await (const chunk of response.body ?? []) {
          size += chunk.length
          if (size > bytesMax) throw BuildError.make("remote", `${url} has more than ${bytesMax} bytes`)
          hash.update(chunk)
          fs.writeSync(output, chunk)
        }
      },
      catch: (cause) => (cause instanceof BuildError.BuildError ? cause : failed(url, cause))
    }).pipe(
      Effect.ensuring(Effect.sync(() => fs.closeSync(output))),
      Effect.tapError(() => Effect.sync(() => fs.rmSync(path, { force: true })))
    )
    const digest = `sha256:${hash.digest("hex")}`
    if (checksum !== undefined && checksum !== digest) {
      fs.unlinkSync(path)
      return yield* BuildError.make("remote", `digest mismatch ${digest}: ${checksum}`)
    }
    const said = Date.parse(response.headers.get("last-modified") ?? "")
    const modified = Number.isNaN(said) ? 0 : Math.floor(said / 1000)
    const [etag, lastModified] = [response.headers.get("etag"), response.headers.get("last-modified")]
    return {
      path,
      digest,
      modified,
      ...(etag !== null && { etag }),
      ...(lastModified !== null && { lastModified })
    }
  })

/** Asks whether a file is still what it was: true only if its server says so. */
export const isUnchanged = ({ url, etag, lastModified }: RemoteMemory): Effect.Effect<boolean> =>
  follow(url, redirectsMax, {
    ...(etag !== undefined && { "if-none-match": etag }),
    ...(lastModified !== undefined && { "if-modified-since": lastModified })
  }).pipe(
    Effect.tap(({ body }) => Effect.promise(() => body?.cancel() ?? Promise.resolve())),
    Effect.map(({ status }) => status === notModified),
    Effect.orElseSucceed(() => false)
  )

const notModified = 304

const failed = (url: string, cause: unknown): BuildError.BuildError =>
  BuildError.make(
    "remote",
    `failed to load ${url}: ${cause instanceof Error ? (cause.cause instanceof Error ? cause.cause.message : cause.message) : String(cause)}`,
    cause
  )

const follow = (
  url: string,
  left: number,
  headers: Readonly<Record<string, string>>
): Effect.Effect<Response, BuildError.BuildError> =>
  Effect.gen(function* () {
    const response = yield* Effect.tryPromise({
      try: (signal) => fetch(url, { redirect: "manual", signal, headers }),
      catch: (cause) => failed(url, cause)
    })
    const isConditional = Object.keys(headers).length > 0
    if (response.status === 200 || (isConditional && response.status === notModified)) return response
    const location = response.headers.get("location")
    if (response.status >= 300 && response.status < 400 && location !== null && left > 0) {
      const next = new URL(location, url)
      const downgraded = url.startsWith("https:") && next.protocol !== "https:"
      if (downgraded || !/^https?:$/.test(next.protocol))
        return yield* BuildError.make("remote", `${url} redirects to ${next.href}, which is refused`)
      return yield* follow(next.href, left - 1, headers)
    }
    return yield* BuildError.make("remote", `invalid response status ${response.status} for ${url}`)
  })
