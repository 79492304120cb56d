import type { Digest } from "../oci/Digest.js"
import type { ImageConfig } from "../oci/ImageConfig.js"

/**
 * The config of an image whose own layers have become one (`diffId`; undefined where it has none): the base image's history,
 * that of the build with nothing in it, and an entry for the one layer. Source: moby, image squashing.
 */
export const config = (
  image: ImageConfig,
  base: ImageConfig | undefined,
  diffId: Digest | undefined,
  from: Digest,
  created: string
): ImageConfig => {
  const inherited = base?.history?.length ?? 0
  const below = base?.rootfs.diff_ids ?? []
  const history = (image.history ?? []).map((entry, at) =>
    at < inherited ? entry : { ...entry, empty_layer: true }
  )
  return {
    ...image,
    created,
    rootfs: { type: "layers", diff_ids: [...below, ...(diffId === undefined ? [] : [diffId])] },
    history: [
      ...history,
      {
        created,
        comment:
          base === undefined ? `create new from ${from}` : `merge ${from} to ${below.at(-1) ?? "scratch"}`,
        ...(diffId === undefined ? { empty_layer: true } : {})
      }
    ]
  }
}
