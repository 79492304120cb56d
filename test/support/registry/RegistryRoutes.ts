import type { IncomingMessage } from "node:http"
import * as Digest from "../../../src/core/oci/Digest.js"
import * as MediaType from "../../../src/core/oci/MediaType.js"
import type { Fault } from "./Fault.js"
import type { Registry, Reply } from "./Registry.js"

/** The session that an upload's URL names. */
export const sessionOf = (url: string): string => /\/blobs\/uploads\/([^?/]+)/.exec(url)?.[1] ?? ""

const complaint = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ errors: [{ code, message }] })
})

interface Call {
  readonly registry: Registry
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage["headers"]
  readonly body: Buffer
  readonly fault: Fault | undefined
  readonly repository: string
  readonly rest: string
}

const parsePath = (url: URL): { readonly repository: string; readonly rest: string } => {
  const match = /^\/v2\/(.+?)\/((?:manifests|blobs|tags|referrers)\/.*)$/.exec(url.pathname)
  return { repository: match?.[1] ?? "", rest: match?.[2] ?? "" }
}

/** The scopes, one action each, that a request needs. */
export const scopesOf = (method: string, url: URL): ReadonlyArray<string> => {
  if (url.pathname === "/v2/_catalog") return ["registry:catalog:*"]
  const { repository } = parsePath(url)
  if (repository === "") return []
  const isPull = method === "GET" || method === "HEAD"
  if (isPull && !url.pathname.includes("/blobs/uploads/")) return [`repository:${repository}:pull`]
  if (method === "DELETE") return [`repository:${repository}:delete`]
  const from = url.searchParams.get("from")
  return [`repository:${repository}:push`, ...(from === null ? [] : [`repository:${from}:pull`])]
}

const manifests = ({ body, headers, method, registry, repository, rest }: Call): Reply => {
  const target = rest.slice("manifests/".length)
  const stored = registry.content.manifestsOf(repository)
  if (method === "PUT") {
    const mediaType = headers["content-type"] ?? ""
    const digest = registry.content.putManifest(repository, target, mediaType, body)
    const subject: unknown = JSON.parse(body.toString())?.subject?.digest
    return {
      status: 201,
      headers: {
        location: `/v2/${repository}/manifests/${digest}`,
        "docker-content-digest": digest,
        ...(typeof subject === "string" && registry.options.referrersApi === true
          ? { "oci-subject": subject }
          : {})
      }
    }
  }
  const found = stored.get(target)
  if (found === undefined) {
    return registry.content.manifests.get(repository)?.size
      ? complaint(404, "MANIFEST_UNKNOWN", "manifest unknown")
      : complaint(404, "NAME_UNKNOWN", "repository name not known to registry")
  }
  if (method === "DELETE") {
    stored.delete(target)
    return { status: 202 }
  }
  return {
    status: 200,
    headers: { "content-type": found.mediaType, "docker-content-digest": Digest.ofBytes(found.bytes) },
    body: found.bytes
  }
}

const blob = ({ fault, headers, method, registry, repository, rest }: Call): Reply => {
  const digest = rest.slice("blobs/".length)
  const bytes = registry.content.blobsOf(repository).get(digest)
  if (bytes === undefined) return complaint(404, "BLOB_UNKNOWN", "blob unknown to registry")
  if (method === "DELETE") {
    registry.content.blobsOf(repository).delete(digest)
    return { status: 202 }
  }
  const common = { "content-type": "application/octet-stream", "docker-content-digest": digest }
  const first = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1]
  if (first === undefined || fault?._tag === "IgnoreRange")
    return { status: 200, headers: common, body: bytes }
  if (Number(first) >= bytes.length)
    return { status: 416, headers: { "content-range": `bytes */${bytes.length}` } }
  return {
    status: 206,
    headers: { ...common, "content-range": `bytes ${first}-${bytes.length - 1}/${bytes.length}` },
    body: bytes.subarray(Number(first))
  }
}

const session = (repository: string, id: string, size: number) => ({
  location: `/v2/${repository}/blobs/uploads/${id}?_state=${size}`,
  range: `0-${Math.max(0, size - 1)}`
})

const startUpload = ({ registry, repository, url }: Call): Reply => {
  const { content } = registry
  const mount = url.searchParams.get("mount")
  const shared = mount === null ? undefined : content.blobsOf(url.searchParams.get("from") ?? "").get(mount)
  if (mount !== null && shared !== undefined) {
    content.blobsOf(repository).set(mount, shared)
    return { status: 201, headers: { location: `/v2/${repository}/blobs/${mount}` } }
  }
  const id = `session-${++content.sessions}`
  content.uploads.set(id, { repository, chunks: [], size: 0 })
  return { status: 202, headers: session(repository, id, 0) }
}

const upload = (call: Call): Reply => {
  const { body, headers, method, registry, repository, url } = call
  const { content, options } = registry
  if (method === "POST") return startUpload(call)
  const id = sessionOf(url.pathname)
  const open = content.uploads.get(id)
  if (open === undefined || open.repository !== repository) {
    return complaint(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
  }
  if (method === "GET") return { status: 204, headers: session(repository, id, open.size) }
  if (method === "PATCH") {
    const length = Number(headers["content-length"] ?? 0)
    const first = /^(\d+)-/.exec(headers["content-range"] ?? "")?.[1]
    const before = open.size - length
    if (length > (options.bodyMax ?? Number.POSITIVE_INFINITY)) {
      open.chunks = [Buffer.concat(open.chunks).subarray(0, before)]
      open.size = before
      return { status: 413 }
    }
    if (first !== undefined && Number(first) !== before)
      return { status: 416, headers: session(repository, id, before) }
    return { status: 202, headers: session(repository, id, open.size) }
  }
  const whole = Buffer.concat([...open.chunks, body])
  content.uploads.delete(id)
  const digest = url.searchParams.get("digest")
  if (Digest.ofBytes(whole) !== digest)
    return complaint(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
  content.putBlob(repository, whole)
  return {
    status: 201,
    headers: { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest }
  }
}

const listing = (
  path: string,
  key: string,
  all: ReadonlyArray<string>,
  url: URL,
  pageSize: number
): Reply => {
  const after = url.searchParams.get("last")
  const from = after === null ? 0 : all.indexOf(after) + 1
  const items = all.slice(from, from + pageSize)
  const isLast = from + pageSize >= all.length
  const link = `<${path}?last=${items.at(-1)}&n=${pageSize}>; rel="next"`
  return {
    status: 200,
    headers: { "content-type": "application/json", ...(isLast ? {} : { link }) },
    body: JSON.stringify({ [key]: items })
  }
}

const referrers = ({ registry, repository, rest, url }: Call): Reply => {
  if (registry.options.referrersApi !== true) return { status: 404 }
  const subject = rest.slice("referrers/".length)
  const type = url.searchParams.get("artifactType")
  const found = [...registry.content.manifestsOf(repository)].flatMap(([target, { bytes, mediaType }]) => {
    const document = JSON.parse(bytes.toString())
    if (!target.includes(":") || document.subject?.digest !== subject) return []
    const artifactType: string = document.artifactType ?? document.config?.mediaType
    return [{ mediaType, digest: target, size: bytes.length, artifactType }]
  })
  const manifests = found.filter(({ artifactType }) => type === null || artifactType === type)
  return {
    status: 200,
    headers: { "content-type": MediaType.OciIndex },
    body: JSON.stringify({ schemaVersion: 2, mediaType: MediaType.OciIndex, manifests })
  }
}

/** The answer of an honest registry. */
export const route = (
  registry: Registry,
  request: IncomingMessage,
  body: Buffer,
  fault: Fault | undefined
): Reply => {
  const url = new URL(request.url ?? "", `http://${registry.host}`)
  const pageSize = Number(url.searchParams.get("n") ?? registry.options.pageSize ?? 1000)
  if (url.pathname === "/token")
    return registry.auth.issue(request, url, new URLSearchParams(body.toString()))
  if (url.pathname === "/v2/") return { status: 200, body: "{}" }
  if (url.pathname === "/v2/_catalog") {
    const all = [...registry.content.manifests.keys()].sort()
    return listing(url.pathname, "repositories", all, url, registry.options.pageSize ?? pageSize)
  }
  const { repository, rest } = parsePath(url)
  const { headers } = request
  const call: Call = { registry, method: request.method ?? "", url, headers, body, fault, repository, rest }
  if (rest.startsWith("manifests/")) return manifests(call)
  if (rest.startsWith("blobs/uploads")) return upload(call)
  if (rest.startsWith("blobs/")) return blob(call)
  if (rest.startsWith("referrers/")) return referrers(call)
  if (rest === "tags/list") {
    return registry.content.manifests.has(repository)
      ? listing(url.pathname, "tags", registry.content.tags(repository), url, pageSize)
      : complaint(404, "NAME_UNKNOWN", "repository name not known to registry")
  }
  return complaint(404, "UNSUPPORTED", "no such route")
}
