import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Credentials } from "./Credentials.js"
import * as DockerCredentials from "./DockerCredentials.js"
import * as GzipLayerCompression from "./GzipLayerCompression.js"
import * as HttpRegistryClient from "./HttpRegistryClient.js"
import type { LayerCompression } from "./LayerCompression.js"
import * as ManifestLists from "./ManifestLists.js"
import type { RegistryClient } from "./RegistryClient.js"
import type { RegistryError } from "./RegistryError.js"
import * as RegistryFiles from "./RegistryFiles.js"

/** Every service of this room. */
export type Registry = RegistryClient | Credentials | LayerCompression | ManifestLists.ManifestLists

/** A connection on which nothing moves for a minute is given up: a registry may hash for long, but not in silence for ever. */
const idleMillis = 60_000

/**
 * The real thing: HTTP, Docker's credentials, `registries.json` and `certs.d`. `root` is the store's, which remembers beside its
 * layers what they became when they were pushed, and manifest lists that are not pushed yet.
 */
export const layer = (options: {
  readonly root: string
  readonly home: string
  readonly environment: Readonly<Record<string, string | undefined>>
}): Layer.Layer<Registry, RegistryError> => {
  const { environment, home, root } = options
  const directories = RegistryFiles.directories(environment, home)
  const client = Layer.unwrapEffect(
    Effect.map(RegistryFiles.config(directories), (config) =>
      HttpRegistryClient.layer({
        config,
        certificates: RegistryFiles.certificates(directories),
        environment,
        idleMillis
      })
    )
  )
  return Layer.mergeAll(
    client,
    GzipLayerCompression.layerFs(`${root}/pushed`),
    ManifestLists.layerFs(`${root}/manifests`)
  ).pipe(Layer.provideMerge(DockerCredentials.layer({ file: DockerCredentials.fileOf(environment, home) })))
}
