import * as crypto from "node:crypto"
import * as Brand from "effect/Brand"
import * as Schema from "effect/Schema"

/**
 * A content digest in the registered grammar, `sha256:<64 hex>` or `sha512:<128 hex>`, lower case.
 * A value of this type is safe to turn into a path: the grammar was checked.
 * Source: OCI image-spec, descriptor.md, "Digests".
 */
export type Digest = string & Brand.Brand<"Digest">

const grammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export const Digest: Schema.BrandSchema<Digest, string> = Schema.String.pipe(
  Schema.pattern(grammar, { identifier: "Digest" }),
  Schema.brand("Digest")
)

const make = Brand.nominal<Digest>()

/** True for a string in the grammar of a registered algorithm. */
export const isDigest = (text: string): text is Digest => grammar.test(text)

/** The sha256 digest of bytes held in memory. For streams use {@link hasher}. */
export const ofBytes = (bytes: Uint8Array | string): Digest =>
  make(`sha256:${crypto.createHash("sha256").update(bytes).digest("hex")}`)

/** `sha256` or `sha512`. */
export const algorithm = (digest: Digest): "sha256" | "sha512" =>
  digest.startsWith("sha512:") ? "sha512" : "sha256"

/** The hexadecimal part. */
export const hex = (digest: Digest): string => digest.slice(digest.indexOf(":") + 1)

/** The first 12 hexadecimal digits: how an id is shown to people. */
export const short = (digest: Digest): string => hex(digest).slice(0, 12)

/** An incremental hash: `update` any number of times, then `digest` once. Mutable; keep it local. */
export interface Hasher {
  readonly update: (chunk: Uint8Array) => void
  readonly digest: () => Digest
}

/** A new incremental hash of the given algorithm. */
export const hasher = (name: "sha256" | "sha512" = "sha256"): Hasher => {
  const hash = crypto.createHash(name)
  return {
    update: (chunk) => {
      hash.update(chunk)
    },
    digest: () => make(`${name}:${hash.digest("hex")}`)
  }
}
