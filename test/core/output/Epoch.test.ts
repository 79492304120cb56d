import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Digest from "../../../src/core/oci/Digest.js"
import type { ImageConfig } from "../../../src/core/oci/ImageConfig.js"
import * as Epoch from "../../../src/core/output/Epoch.js"

const time = FastCheck.integer({ min: 0, max: 4_000_000_000 })
const printed = time.map((seconds) => new Date(seconds * 1000).toISOString())
const entry = FastCheck.record({
  created: printed,
  created_by: FastCheck.string(),
  empty_layer: FastCheck.boolean()
})

const configOf = (
  history: ImageConfig["history"],
  created: string,
  layers: ReadonlyArray<string>
): ImageConfig => ({
  architecture: "amd64",
  os: "linux",
  created,
  config: {},
  rootfs: { type: "layers", diff_ids: layers.map((layer) => Digest.ofBytes(layer)) },
  history: history ?? []
})

const made = FastCheck.record({
  below: FastCheck.array(entry, { maxLength: 4 }),
  above: FastCheck.array(entry, { maxLength: 4 }),
  created: printed,
  epoch: time
})

describe("clamping a config", () => {
  it.prop("leaves what came from the base, and nothing later than the epoch above it", [made], ([given]) => {
    const base = configOf(given.below, given.created, [])
    const image = configOf([...given.below, ...given.above], given.created, [])
    const clamped = Epoch.clampConfig(image, base, given.epoch)
    const history = clamped.history ?? []
    expect(history.slice(0, given.below.length)).toEqual(given.below)
    for (const [at, { created }] of history.slice(given.below.length).entries()) {
      const before = Date.parse(given.above[at]?.created ?? "")
      expect(Date.parse(created ?? "")).toBe(Math.min(before, given.epoch * 1000))
    }
    expect(Date.parse(clamped.created ?? "")).toBe(Math.min(Date.parse(given.created), given.epoch * 1000))
    expect(Epoch.clampConfig(clamped, base, given.epoch)).toEqual(clamped)
  })

  it("counts the layers that are the base's", () => {
    const base = configOf([], "", ["a", "b"])
    expect(Epoch.inheritedLayers(configOf([], "", ["a", "b", "c"]), base)).toBe(2)
    expect(Epoch.inheritedLayers(configOf([], "", ["a", "c"]), base)).toBe(1)
    expect(Epoch.inheritedLayers(configOf([], "", ["a"]), undefined)).toBe(0)
    expect(Epoch.inheritedLayers(configOf([], "", ["a", "b"]), base)).toBe(2)
  })

  it("writes times as Go does", () => expect(Epoch.print(1_000_000_000)).toBe("2001-09-09T01:46:40Z"))
})
