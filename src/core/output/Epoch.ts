import type { History, ImageConfig } from "../oci/ImageConfig.js"

/** SOURCE_DATE_EPOCH: seconds since 1970, or undefined where the text is none. */
export const read = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined

/** The time as RFC 3339 in whole seconds, as Go writes it. */
export const print = (epoch: number): string => new Date(epoch * 1000).toISOString().replace(".000Z", "Z")

/** The time unless it is later than the epoch. */
export const clamp = (time: string, epoch: number): string => {
  const millis = Date.parse(time)
  return Number.isNaN(millis) || millis > epoch * 1000 ? print(epoch) : time
}

const sameEntry = (a: History, b: History | undefined): boolean =>
  b !== undefined &&
  (a.created ?? "") === (b.created ?? "") &&
  (a.created_by ?? "") === (b.created_by ?? "") &&
  (a.author ?? "") === (b.author ?? "") &&
  (a.comment ?? "") === (b.comment ?? "") &&
  (a.empty_layer ?? false) === (b.empty_layer ?? false)

/**
 * The config without a time later than the epoch; what comes from the base image stays as it is. Idempotent.
 * Source: BuildKit, exporter/containerimage/writer.go.
 */
export const clampConfig = (
  config: ImageConfig,
  base: ImageConfig | undefined,
  epoch: number
): ImageConfig => {
  const inherited = base?.history ?? []
  let isInherited = true
  const history = (config.history ?? []).map((entry, at) => {
    isInherited = isInherited && sameEntry(entry, inherited[at])
    return isInherited ? entry : { ...entry, created: clamp(entry.created ?? "", epoch) }
  })
  return { ...config, created: clamp(config.created ?? "", epoch), history }
}

/** How many of the layers, base first, are the base image's own, which are left as they are. */
export const inheritedLayers = (config: ImageConfig, base: ImageConfig | undefined): number => {
  const own = config.rootfs.diff_ids ?? []
  const below = base?.rootfs.diff_ids ?? []
  const differs = own.findIndex((diffId, at) => diffId !== below[at])
  return differs < 0 ? own.length : differs
}
