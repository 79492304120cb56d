import type { ChainId } from "../layer/ChainId.js"
import type { Digest } from "../oci/Digest.js"
import * as Digests from "../oci/Digest.js"

/** Where everything is below a store's root. The root is an OCI image layout; what is ours lies beside it. */
export interface LayoutPaths {
  readonly root: string
  /** The image layout: its version, its index, its blobs. Source: image-spec, image-layout.md. */
  readonly ociLayout: string
  readonly index: string
  readonly blobs: string
  readonly images: string
  /** Records of indexes of several images. */
  readonly indexes: string
  readonly layers: string
  /** Short links to layers' trees, to keep mount options within a page: `l/<12 hex>` -> `../layers/<hex>/diff`. */
  readonly links: string
  readonly containers: string
  /** Reserved container names: symbolic links that hold the container's id. */
  readonly names: string
  readonly cache: string
  readonly volumes: string
  /** Records of networks; `lives/` what running containers have of them. */
  readonly networks: string
  readonly networkLives: string
  /** The log of what was done. */
  readonly events: string
  /** Writes under way. */
  readonly ingest: string
  /** Flock'd files, one for each running command, that name the digests it needs. */
  readonly leases: string
  /** Flock'd files of named locks. */
  readonly locks: string
  /** What was removed and is being deleted. */
  readonly trash: string
  readonly lock: string
  /** A file that is given up when the disk is full, so that removal still works. */
  readonly reserve: string
}

/** The paths below `root`, an absolute path without a trailing slash. */
export const of = (root: string): LayoutPaths => ({
  root,
  ociLayout: `${root}/oci-layout`,
  index: `${root}/index.json`,
  blobs: `${root}/blobs`,
  images: `${root}/images`,
  indexes: `${root}/indexes`,
  layers: `${root}/layers`,
  links: `${root}/l`,
  containers: `${root}/containers`,
  names: `${root}/containers/names`,
  cache: `${root}/cache`,
  volumes: `${root}/volumes`,
  networks: `${root}/networks`,
  networkLives: `${root}/networks/lives`,
  events: `${root}/events`,
  ingest: `${root}/ingest`,
  leases: `${root}/leases`,
  locks: `${root}/locks`,
  trash: `${root}/trash`,
  lock: `${root}/lock`,
  reserve: `${root}/reserve`
})

export const blob = (paths: LayoutPaths, digest: Digest): string =>
  `${paths.blobs}/${Digests.algorithm(digest)}/${Digests.hex(digest)}`

export const image = (paths: LayoutPaths, id: Digest): string => `${paths.images}/${Digests.hex(id)}.json`

export const indexRecord = (paths: LayoutPaths, digest: Digest): string =>
  `${paths.indexes}/${Digests.hex(digest)}.json`

/** The directory of a layer: `diff/` (its tree in overlayfs form) and `layer.json` (its record, written last). */
export const cacheRecord = (paths: LayoutPaths, key: Digest): string =>
  `${paths.cache}/${Digests.hex(key)}.json`

export const layer = (paths: LayoutPaths, chainId: ChainId): string =>
  `${paths.layers}/${Digests.hex(chainId)}`

export const layerDiff = (paths: LayoutPaths, chainId: ChainId): string => `${layer(paths, chainId)}/diff`

export const layerRecord = (paths: LayoutPaths, chainId: ChainId): string =>
  `${layer(paths, chainId)}/layer.json`

export const layerLink = (paths: LayoutPaths, chainId: ChainId): string =>
  `${paths.links}/${Digests.short(chainId)}`

/** What lies in a container's directory. `id` is 64 hexadecimal digits. */
export interface ContainerPaths {
  readonly dir: string
  /** The record that create wrote, and the state that changes. */
  readonly config: string
  readonly state: string
  /** What the container writes (overlay's upperdir), overlay's own workdir, and where the two meet the image. */
  readonly upper: string
  readonly work: string
  readonly merged: string
  /** The files that are bound over /etc/hosts, /etc/hostname and /etc/resolv.conf. */
  readonly hosts: string
  readonly hostname: string
  readonly resolvConf: string
  /** Which networks `network connect` and `disconnect` changed. */
  readonly connections: string
  readonly stdin: string
  readonly stdout: string
  readonly stderr: string
  /** The json-file log. */
  readonly log: string
  /** Written by the container's monitor when it has ended. */
  readonly exit: string
  readonly lock: string
}

export const container = (paths: LayoutPaths, id: string): ContainerPaths => {
  const dir = `${paths.containers}/${id}`
  return {
    dir,
    config: `${dir}/config.json`,
    state: `${dir}/state.json`,
    upper: `${dir}/upper`,
    work: `${dir}/work`,
    merged: `${dir}/merged`,
    hosts: `${dir}/hosts`,
    hostname: `${dir}/hostname`,
    resolvConf: `${dir}/resolv.conf`,
    connections: `${dir}/connections.json`,
    stdin: `${dir}/stdin`,
    stdout: `${dir}/stdout`,
    stderr: `${dir}/stderr`,
    log: `${dir}/${id}-json.log`,
    exit: `${dir}/exit`,
    lock: `${dir}/lock`
  }
}
