import type { Descriptor } from "../oci/Descriptor.js"
import type { Digest } from "../oci/Digest.js"
import * as Platform from "../oci/Platform.js"

/** What a build has made, for `--metadata-file`. */
export interface BuiltResult {
  /** What the names point to: a manifest, or the index of several. */
  readonly descriptor: Descriptor
  /** Of the one image; undefined for an index of several platforms. */
  readonly config: Digest | undefined
  readonly names: ReadonlyArray<string>
  /** Predicates of the provenance by platform. */
  readonly provenance: ReadonlyArray<readonly [platform: Platform.Platform, predicate: unknown]>
}

/**
 * The document, keys in alphabetical order, as buildx writes it. There is no `buildx.build.ref`: no record of the build is
 * kept that it could name.
 */
export const render = (result: BuiltResult): string => {
  const { descriptor, config, names, provenance } = result
  const { mediaType, digest, size, annotations, platform } = descriptor
  const single = provenance.length === 1
  const members: ReadonlyArray<readonly [string, unknown]> = [
    ...provenance.map(
      ([of, predicate]) =>
        [
          single ? "buildx.build.provenance" : `buildx.build.provenance/${Platform.print(of)}`,
          predicate
        ] as const
    ),
    ...(config === undefined ? [] : [["containerimage.config.digest", config] as const]),
    [
      "containerimage.descriptor",
      {
        mediaType,
        digest,
        size,
        ...(annotations === undefined ? {} : { annotations }),
        ...(platform === undefined ? {} : { platform })
      }
    ],
    ["containerimage.digest", digest],
    ...(names.length === 0 ? [] : [["image.name", names.join(",")] as const])
  ]
  const ordered = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(ordered), undefined, 2)}\n`
}
