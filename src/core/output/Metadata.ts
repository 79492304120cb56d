import type { Descriptor } from "../oci/Descriptor.js"
import type { Digest } from "../oci/Digest.js"
import * as Platform from "../oci/Platform.js"

/** What a build has made, for `--metadata-file`. */
export interface BuiltResult {
  /** What the names point to: a manifest, or the index of several; undefined where only files went out. */
  readonly descriptor: Descriptor | undefined
  /** Of the one image; undefined for several, and for files. */
  readonly config: Digest | undefined
  readonly names: ReadonlyArray<string>
  /** Predicates of the provenance by platform. */
  readonly provenance: ReadonlyArray<readonly [platform: Platform.Platform, predicate: unknown]>
}

type Members = ReadonlyArray<readonly [string, unknown]>

const ofDescriptor = ({ mediaType, digest, size, annotations, platform }: Descriptor): Members => [
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
  ["containerimage.digest", digest]
]

/**
 * The document, keys in alphabetical order, as buildx writes it. There is no `buildx.build.ref`: no record of the build is
 * kept that it could name.
 */
export const render = ({ descriptor, config, names, provenance }: BuiltResult): string => {
  const key = (platform: Platform.Platform): string =>
    provenance.length === 1
      ? "buildx.build.provenance"
      : `buildx.build.provenance/${Platform.print(platform)}`
  const members: Members = [
    ...provenance.map(([platform, predicate]) => [key(platform), predicate] as const),
    ...(config === undefined ? [] : [["containerimage.config.digest", config] as const]),
    ...(descriptor === undefined ? [] : ofDescriptor(descriptor)),
    ...(names.length === 0 ? [] : [["image.name", names.join(",")] as const])
  ]
  const ordered = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
  return `${JSON.stringify(Object.fromEntries(ordered), undefined, 2)}\n`
}
