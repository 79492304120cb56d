import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as CacheBundle from "../../../src/core/plan/CacheBundle.js"
import * as CacheKey from "../../../src/core/plan/CacheKey.js"
import * as CacheLocation from "../../../src/core/plan/CacheLocation.js"
import * as StepRecord from "../../../src/core/plan/StepRecord.js"
import { digest } from "./planning.js"

const keyOf = (command: string): CacheKey.CacheKey => ({
  components: [{ kind: "command", name: "", value: command, note: "" }]
})

const recordOf = (command: string, layer: string): CacheBundle.BundleRecord => ({
  key: CacheKey.digest(keyOf(command)),
  diffId: digest(layer),
  created: "2024-01-01T00:00:00Z",
  description: `RUN ${command}`,
  step: StepRecord.encode("RUN", { key: keyOf(command), files: {} })
})

const blob = (layer: string) => ({ mediaType: "application/x", digest: digest(`blob ${layer}`), size: 1 })

const names = FastCheck.uniqueArray(FastCheck.string({ minLength: 1, maxLength: 4 }), { maxLength: 6 })
const bundles = names.map(
  (all): CacheBundle.CacheBundle => ({
    version: 1,
    records: all.map((name) => recordOf(name, name)),
    times: all.map((name) => ({ identity: digest(`image ${name}`), created: "2024-01-01T00:00:00Z" })),
    layers: all.map((name) => ({ diffId: digest(name), blob: blob(name).digest }))
  })
)

describe("a bundle of cache records", () => {
  it.prop("is what it was after a journey as bytes, or in an image's config", [bundles], ([bundle]) => {
    expect(Either.getOrThrow(CacheBundle.decode(CacheBundle.encode(bundle)))).toEqual(bundle)
    const config = new TextEncoder().encode(
      JSON.stringify({ os: "linux", [CacheBundle.inlineMember]: bundle })
    )
    expect(CacheBundle.ofConfig(config)).toEqual(bundle)
  })

  it.prop(
    "names no layer that is not carried, and no record that is not its key's",
    [bundles, FastCheck.nat(), FastCheck.nat()],
    ([bundle, lost, forged]) => {
      const carried = bundle.records.map(({ description }) => blob(description.slice("RUN ".length)))
      const without = carried.filter((_, index) => index !== lost % Math.max(1, carried.length))
      const lying = {
        ...bundle,
        records: bundle.records.map((record, index) =>
          index === forged % Math.max(1, bundle.records.length)
            ? { ...record, key: digest("another key") }
            : record
        )
      }
      const checked = CacheBundle.check(lying, without)
      expect(checked.bundle.records).toHaveLength(Math.max(0, bundle.records.length - 1))
      expect([...checked.layers.values()]).toEqual(without)
      expect(checked.problems).toHaveLength(bundle.records.length === 0 ? 0 : 2)
      expect(CacheBundle.check(bundle, carried).problems).toEqual([])
    }
  )

  it.prop("joined with another keeps its own records", [bundles, bundles], ([one, two]) => {
    const both = CacheBundle.merge(one, two)
    expect(both.records.slice(0, one.records.length)).toEqual(one.records)
    expect(new Set(both.records.map(({ key }) => key)).size).toBe(both.records.length)
    expect(CacheBundle.merge(both, one)).toEqual(both)
  })

  it("is nothing but a bundle", () => {
    for (const text of ["", "{}", '{"version":2,"records":[],"times":[],"layers":[]}', "[]", '{"version":1}'])
      expect(Either.isLeft(CacheBundle.decode(new TextEncoder().encode(text)))).toBe(true)
    expect(CacheBundle.ofConfig(new TextEncoder().encode('{"os":"linux"}'))).toBeUndefined()
    expect(CacheBundle.ofConfig(new TextEncoder().encode("no JSON"))).toBeUndefined()
  })
})

describe("--cache-from and --cache-to", () => {
  it("are read as BuildKit reads them", () => {
    const source = CacheLocation.parseSource
    expect(source("user/app:cache")).toEqual(Either.right({ _tag: "Registry", reference: "user/app:cache" }))
    expect(source("type=registry,ref=user/app")).toEqual(
      Either.right({ _tag: "Registry", reference: "user/app" })
    )
    expect(source("type=local,src=a/b,tag=t")).toEqual(
      Either.right({ _tag: "Local", directory: "a/b", target: "t" })
    )
    expect(CacheLocation.split("a:1,b:2")).toEqual(["a:1", "b:2"])
    expect(CacheLocation.split("type=local,src=a")).toEqual(["type=local,src=a"])
    expect(CacheLocation.parseTarget("type=inline")).toEqual(Either.right({ _tag: "Inline" }))
    expect(CacheLocation.parseTarget("type=registry,ref=a:c,mode=max,ignore-error=true")).toEqual(
      Either.right({ _tag: "Registry", reference: "a:c", mode: "max", ignoreErrors: true })
    )
    expect(CacheLocation.parseTarget("type=local,dest=d,image-manifest=true")).toEqual(
      Either.right({ _tag: "Local", directory: "d", tag: "latest", mode: "min", ignoreErrors: false })
    )
  })

  it.each([
    ["type=gha", "unknown cache type gha: use registry, local or inline"],
    ["type=registry", "a cache of type registry needs ref=…"],
    ["type=registry,ref=a,mode=all", "invalid mode all: use min or max"],
    ["type=registry,ref=a,colour=red", "unknown option colour of a cache of type registry"],
    ["type=registry,ref=a,compression=zstd", "compression=zstd is not supported: it is always gzip"],
    [
      "type=inline,mode=max",
      "a cache of type inline has the layers of its image only: mode=max needs another type"
    ],
    ["type=local,dest=d,ignore-error=maybe", "invalid value maybe of ignore-error: use true or false"],
    ["type=local,dest", "invalid value dest: expected key=value"],
    ["ref=a", "the type of the cache is missing: type=registry, type=local or type=inline"]
  ])("%s is refused", (text, message) => {
    expect(CacheLocation.parseTarget(text)).toEqual(Either.left(message))
  })
})
