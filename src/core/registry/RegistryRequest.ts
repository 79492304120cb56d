import * as MediaType from "../oci/MediaType.js"
import * as Scope from "./Scope.js"

/** One request of the registry API, without its body. `target` is a path, or the absolute URL of an upload's session. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly scopes: ReadonlyArray<Scope.Scope>
}

const accept = [
  MediaType.OciIndex,
  MediaType.OciManifest,
  MediaType.DockerManifestList,
  MediaType.DockerManifest
].join(", ")

const request = (
  method: RegistryRequest["method"],
  target: string,
  scope: Scope.Scope | undefined,
  headers: Readonly<Record<string, string>> = {}
): RegistryRequest => ({ method, target, headers, scopes: scope === undefined ? [] : [scope] })

const query = (parameters: Readonly<Record<string, string>>): string =>
  new URLSearchParams(parameters).toString()

const withQuery = (target: string, parameters: Readonly<Record<string, string>>): string =>
  `${target}${target.includes("?") ? "&" : "?"}${query(parameters)}`

const manifests = (path: string, target: string): string => `/v2/${path}/manifests/${target}`
const blobs = (path: string, digest: string): string => `/v2/${path}/blobs/${digest}`

export const ping = request("GET", "/v2/", undefined)

export const headManifest = (path: string, target: string): RegistryRequest =>
  request("HEAD", manifests(path, target), Scope.pull(path), { accept })

export const getManifest = (path: string, target: string): RegistryRequest =>
  request("GET", manifests(path, target), Scope.pull(path), { accept })

export const putManifest = (path: string, target: string, mediaType: string): RegistryRequest =>
  request("PUT", manifests(path, target), Scope.push(path), { "content-type": mediaType })

export const deleteManifest = (path: string, target: string): RegistryRequest =>
  request("DELETE", manifests(path, target), Scope.remove(path))

export const headBlob = (path: string, digest: string): RegistryRequest =>
  request("HEAD", blobs(path, digest), Scope.pull(path))

/** The bytes of a blob from `offset` on. Content must come as stored: a proxy's own compression would change the digest. */
export const getBlob = (path: string, digest: string, offset: number): RegistryRequest =>
  request("GET", blobs(path, digest), Scope.pull(path), {
    "accept-encoding": "identity",
    ...(offset === 0 ? {} : { range: `bytes=${offset}-` })
  })

export const deleteBlob = (path: string, digest: string): RegistryRequest =>
  request("DELETE", blobs(path, digest), Scope.remove(path))

export const tags = (path: string): RegistryRequest =>
  request("GET", `/v2/${path}/tags/list`, Scope.pull(path))

/** A further page of what `first` began, where its `Link` header points. */
export const page = (first: RegistryRequest, target: string): RegistryRequest => ({ ...first, target })

export const catalog = request("GET", "/v2/_catalog?n=1000", Scope.catalog)

export const referrers = (path: string, digest: string, artifactType: string | undefined): RegistryRequest =>
  request(
    "GET",
    withQuery(`/v2/${path}/referrers/${digest}`, artifactType === undefined ? {} : { artifactType }).replace(
      /\?$/,
      ""
    ),
    Scope.pull(path),
    { accept: MediaType.OciIndex }
  )

/** The tag that keeps a subject's referrers where the API is not offered. Source: distribution-spec, "Referrers Tag Schema". */
export const referrersTag = (digest: string): string => digest.replace(":", "-")

export const startUpload = (path: string): RegistryRequest =>
  request("POST", `/v2/${path}/blobs/uploads/`, Scope.push(path), { "content-length": "0" })

export const mountBlob = (path: string, digest: string, from: string): RegistryRequest => ({
  ...request("POST", `/v2/${path}/blobs/uploads/?${query({ mount: digest, from })}`, undefined, {
    "content-length": "0"
  }),
  scopes: [Scope.push(path), Scope.pull(from)]
})

const octets = "application/octet-stream"

/** Sends bytes to a session: `length` of them, or as many as the body turns out to have. */
export const patchUpload = (path: string, location: string, length: number | undefined): RegistryRequest =>
  request("PATCH", location, Scope.push(path), {
    "content-type": octets,
    ...(length === undefined ? {} : { "content-length": String(length) })
  })

/** Sends `length` bytes from `offset` on to a session that has those before. */
export const patchChunk = (path: string, location: string, offset: number, length: number): RegistryRequest =>
  request("PATCH", location, Scope.push(path), {
    "content-type": octets,
    "content-length": String(length),
    "content-range": `${offset}-${offset + length - 1}`
  })

export const uploadStatus = (path: string, location: string): RegistryRequest =>
  request("GET", location, Scope.push(path))

/** Ends a session, sending the last `length` bytes with it. */
export const finishUpload = (
  path: string,
  location: string,
  digest: string,
  length: number
): RegistryRequest =>
  request("PUT", withQuery(location, { digest }), Scope.push(path), {
    "content-type": octets,
    "content-length": String(length)
  })

export const cancelUpload = (path: string, location: string): RegistryRequest =>
  request("DELETE", location, Scope.push(path))
