import * as Data from "effect/Data"
import * as Either from "effect/Either"
import type { Descriptor } from "./Descriptor.js"
import type { Index } from "./Manifest.js"
import * as MediaType from "./MediaType.js"
import * as Platform from "./Platform.js"

/** An index has nothing for the wanted platform. */
export class NoMatchingPlatform extends Data.TaggedError("NoMatchingPlatform")<{
  readonly wanted: Platform.Platform
  readonly available: ReadonlyArray<Platform.Platform>
  readonly message: string
}> {}

const variants = (architecture: string, from: number, to: number): ReadonlyArray<readonly [string, string]> =>
  Array.from({ length: Math.max(0, from - to + 1) }, (_, i) => [architecture, `v${from - i}`] as const)

const variantNumber = (variant: string | undefined, fallback: number): number => {
  const digits = /^v(\d+)$/.exec(variant ?? "")?.[1]
  return digits === undefined ? fallback : Number(digits)
}

/**
 * The architectures that a processor of `platform` can run, best first: its own variant, the lower ones, then the
 * 32-bit kin. Source: containerd/platforms, `platformVector`.
 */
const runnable = (platform: Platform.Platform): ReadonlyArray<readonly [string, string]> => {
  const { architecture, variant } = platform
  const own = [architecture, variant ?? ""] as const
  switch (architecture) {
    case "amd64":
      return [...variants("amd64", variantNumber(variant, 1), 2), ["amd64", ""], ["386", ""]]
    case "arm":
      return [own, ...variants("arm", variantNumber(variant, 7) - 1, 5)]
    case "arm64":
      return [
        own,
        ...variants("arm64", variantNumber(variant, 8) - 1, 9),
        ...(variant === undefined ? [] : [["arm64", ""] as const]),
        ...variants("arm", 8, 5)
      ]
    default:
      return [own]
  }
}

/**
 * How well an image for `offered` runs where `wanted` is asked for: 0 is best, undefined is not at all.
 */
export const rank = (wanted: Platform.Platform, offered: Platform.Platform): number | undefined => {
  const want = Platform.normalise(wanted)
  const offer = Platform.normalise(offered)
  if (want.os !== offer.os) return undefined
  const position = runnable(want).findIndex(
    ([architecture, variant]) => architecture === offer.architecture && variant === (offer.variant ?? "")
  )
  return position < 0 ? undefined : position
}

/** True where an image for `offered` can run as `wanted`. */
export const matches = (wanted: Platform.Platform, offered: Platform.Platform): boolean =>
  rank(wanted, offered) !== undefined

const isAttestation = (descriptor: Descriptor): boolean =>
  descriptor.annotations?.["vnd.docker.reference.type"] !== undefined || descriptor.platform?.os === "unknown"

/** The images and nested indexes of an index that are for running: attestations and artifacts left out. */
export const images = (index: Index): ReadonlyArray<Descriptor> =>
  index.manifests.filter(
    (descriptor) =>
      (MediaType.isManifest(descriptor.mediaType) || MediaType.isIndex(descriptor.mediaType)) &&
      !isAttestation(descriptor)
  )

/**
 * The entry of an index to use for `wanted`: the best match, the first of equals; entries that name no platform only
 * where nothing else matches.
 */
export const choose = (
  index: Index,
  wanted: Platform.Platform
): Either.Either<Descriptor, NoMatchingPlatform> => {
  const candidates = images(index)
  let best: { readonly rank: number; readonly descriptor: Descriptor } | undefined
  for (const descriptor of candidates) {
    const found =
      descriptor.platform === undefined ? Number.POSITIVE_INFINITY : rank(wanted, descriptor.platform)
    if (found !== undefined && (best === undefined || found < best.rank)) best = { rank: found, descriptor }
  }
  if (best !== undefined) return Either.right(best.descriptor)
  const available = candidates.flatMap((d) => (d.platform === undefined ? [] : [d.platform]))
  const names = [...new Set(available.map(Platform.print))]
  return Either.left(
    new NoMatchingPlatform({
      wanted,
      available,
      message:
        `no matching manifest for ${Platform.print(wanted)} in the manifest list entries` +
        (names.length === 0 ? "" : ` (it has ${names.join(", ")})`)
    })
  )
}
