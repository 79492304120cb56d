import * as Digest from "../oci/Digest.js"
import type { ExecutionConfig, ImageConfig } from "../oci/ImageConfig.js"
import type { Platform } from "../oci/Platform.js"

/** What one step adds to the image it starts from. */
export interface StepChange {
  readonly config: ExecutionConfig
  readonly author: string | undefined
  readonly createdBy: string
  /** Undefined for a step that wrote no layer. */
  readonly diffId: Digest.Digest | undefined
}

/** The config of a stage that starts from nothing, before its first step. */
export const scratch = (platform: Platform, config: ExecutionConfig): ImageConfig => ({
  architecture: platform.architecture,
  ...(platform.variant === undefined ? {} : { variant: platform.variant }),
  os: platform.os,
  config,
  rootfs: { type: "layers", diff_ids: [] },
  history: []
})

/** The image config after a step: one history entry more, and its layer if it made one. `created` is RFC 3339. */
export const after = (parent: ImageConfig, step: StepChange, created: string): ImageConfig => {
  const { author: _, ...inherited } = parent
  return {
    ...inherited,
    created,
    ...(step.author === undefined ? {} : { author: step.author }),
    config: step.config,
    rootfs: {
      type: "layers",
      diff_ids: [...(parent.rootfs.diff_ids ?? []), ...(step.diffId === undefined ? [] : [step.diffId])]
    },
    history: [
      ...(parent.history ?? []),
      {
        created,
        created_by: step.createdBy,
        ...(step.author === undefined ? {} : { author: step.author }),
        ...(step.diffId === undefined ? { empty_layer: true } : {})
      }
    ]
  }
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)])
  )
}

const fieldOrder = [
  "architecture",
  "variant",
  "os",
  "os.version",
  "os.features",
  "author",
  "created",
  "config",
  "history",
  "rootfs"
]

const empty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  value === false ||
  (typeof value === "object" && Object.keys(value).length === 0)

/** The execution config without members that say nothing, in alphabetical order as Go writes them. */
const tidy = (config: ExecutionConfig): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => !empty(value))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, name === "Healthcheck" ? value : sorted(value)])
  )

/** The bytes of a config: its digest is the image's id. The same config gives the same bytes. */
export const encode = (image: ImageConfig): Uint8Array => {
  const members: Readonly<Record<string, unknown>> = { ...image, config: tidy(image.config ?? {}) }
  const names = [
    ...fieldOrder,
    ...Object.keys(members)
      .filter((name) => !fieldOrder.includes(name))
      .sort()
  ]
  const ordered = Object.fromEntries(
    names.flatMap((name) => {
      const value = members[name]
      return value === undefined || value === null ? [] : [[name, value] as const]
    })
  )
  return new TextEncoder().encode(JSON.stringify(ordered))
}

/**
 * Names an image by everything but times: the parent image, and what the step made of it. Two builds that come to the same
 * step have the same name for it, so that the second finds the first one's image.
 */
export const identity = (
  parent: Digest.Digest | undefined,
  parentConfig: ImageConfig,
  step: StepChange
): Digest.Digest => {
  const image = after(parentConfig, step, "")
  const { created: _, history, ...rest } = image
  const last = history?.at(-1)
  return Digest.ofBytes(
    `kasane image key 1\n${JSON.stringify(sorted({ parent: parent ?? null, rest, by: last?.created_by ?? null }))}`
  )
}
