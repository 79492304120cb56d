import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Descriptor } from "./Descriptor.js"
import * as Digest from "./Digest.js"
import { Index, Manifest } from "./Manifest.js"
import * as MediaType from "./MediaType.js"
import { firstIssue } from "./SchemaIssue.js"

/** Manifests and configs of more bytes are refused. Source: distribution-spec, "Pushing Manifests". */
export const sizeMax = 4 * 1024 * 1024

/** A manifest or an index exactly as its bytes came, with what they say. The digest is of these bytes. */
export type ReceivedManifest = Data.TaggedEnum<{
  Image: {
    readonly bytes: Uint8Array
    readonly digest: Digest.Digest
    readonly mediaType: string
    readonly manifest: Manifest
  }
  Index: {
    readonly bytes: Uint8Array
    readonly digest: Digest.Digest
    readonly mediaType: string
    readonly index: Index
  }
}>
export const { Image, Index: IndexOf, $is, $match } = Data.taggedEnum<ReceivedManifest>()

/**
 * Why bytes are no manifest that may be used. `Ambiguous` and `MediaTypeConflict`: the bytes could be read as an image
 * and as an index (CVE-2021-41190).
 */
export class ManifestError extends Data.TaggedError("ManifestError")<{
  readonly reason:
    | "TooLarge"
    | "NotJson"
    | "Ambiguous"
    | "MediaTypeConflict"
    | "SchemaVersion1"
    | "Unsupported"
    | "Invalid"
  readonly message: string
}> {}

const fail = (reason: ManifestError["reason"], message: string) =>
  Either.left(new ManifestError({ reason, message }))

const Json = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const decodeJson = Schema.decodeUnknownEither(Json)
const decodeManifest = Schema.decodeUnknownEither(Manifest)
const decodeIndex = Schema.decodeUnknownEither(Index)

/** Without its parameters: `application/json; charset=utf-8` is `application/json`. */
const essence = (contentType: string): string => contentType.replace(/;.*$/s, "").trim().toLowerCase()

/** A Content-Type that says nothing about the kind of manifest. */
const isVague = (type: string): boolean =>
  ["", "application/json", "application/octet-stream", "text/plain", "binary/octet-stream"].includes(type)

/** The media type that the document and its transport agree on. */
const agreedMediaType = (
  document: { readonly [key: string]: unknown },
  contentType: string
): Either.Either<string, ManifestError> => {
  const declared = typeof document["mediaType"] === "string" ? document["mediaType"] : ""
  const announced = essence(contentType)
  if (declared !== "" && !isVague(announced) && announced !== declared.toLowerCase()) {
    return fail("MediaTypeConflict", `manifest is a ${declared} but was sent as ${announced}`)
  }
  if (declared !== "") return Either.right(declared)
  if (!isVague(announced)) return Either.right(announced)
  return Either.right("manifests" in document ? MediaType.OciIndex : MediaType.OciManifest)
}

const decodeAs = (
  document: { readonly [key: string]: unknown },
  mediaType: string,
  bytes: Uint8Array
): Either.Either<ReceivedManifest, ManifestError> => {
  const digest = Digest.ofBytes(bytes)
  const invalid = (error: ParseResult.ParseError) =>
    new ManifestError({ reason: "Invalid", message: `invalid manifest ${digest}: ${firstIssue(error)}` })
  if (MediaType.isIndex(mediaType)) {
    return Either.mapBoth(decodeIndex(document), {
      onLeft: invalid,
      onRight: (index) => IndexOf({ bytes, digest, mediaType, index })
    })
  }
  return Either.mapBoth(decodeManifest(document), {
    onLeft: invalid,
    onRight: (manifest) => Image({ bytes, digest, mediaType, manifest })
  })
}

/**
 * Reads a manifest or an index, whichever the bytes are. `contentType` is what the transport says of them ("" where
 * there is none, as in a layout). Bytes that two readers could understand differently are refused.
 */
export const decode = (
  bytes: Uint8Array,
  contentType: string
): Either.Either<ReceivedManifest, ManifestError> => {
  if (bytes.length > sizeMax) {
    return fail("TooLarge", `manifest of ${bytes.length} bytes is larger than ${sizeMax} bytes`)
  }
  const json = decodeJson(new TextDecoder().decode(bytes))
  if (Either.isLeft(json)) return fail("NotJson", "manifest is not a JSON object")
  const document = json.right
  if (document["schemaVersion"] === 1 || /vnd\.docker\.distribution\.manifest\.v1\+/.test(contentType)) {
    return fail(
      "SchemaVersion1",
      "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed: " +
        "push the image again with a current tool"
    )
  }
  const hasLayers = "layers" in document || "config" in document || "fsLayers" in document
  if (hasLayers && "manifests" in document) {
    return fail(
      "Ambiguous",
      "manifest has both layers and manifests: it could be read as an image and as an index"
    )
  }
  return Either.flatMap(agreedMediaType(document, contentType), (mediaType) => {
    if (!MediaType.isManifest(mediaType) && !MediaType.isIndex(mediaType)) {
      return fail("Unsupported", `unsupported manifest media type ${mediaType}`)
    }
    return MediaType.isIndex(mediaType) === hasLayers
      ? fail("MediaTypeConflict", `manifest says it is a ${mediaType} but its fields are another kind's`)
      : decodeAs(document, mediaType, bytes)
  })
}

/** Points at the manifest as it is. */
export const descriptor = (received: ReceivedManifest): Descriptor => ({
  mediaType: received.mediaType,
  digest: received.digest,
  size: received.bytes.length
})
