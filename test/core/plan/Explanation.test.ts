import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { ChainId } from "../../../src/core/layer/ChainId.js"
import type { Step } from "../../../src/core/plan/BuildPlan.js"
import * as CacheKey from "../../../src/core/plan/CacheKey.js"
import * as Explanation from "../../../src/core/plan/Explanation.js"
import * as InputFiles from "../../../src/core/plan/InputFiles.js"
import { Origin } from "../../../src/core/plan/Operation.js"
import { digest, linux, planned } from "./planning.js"

/** Everything that the key of a step may depend on, as few values as let each differ. */
interface World {
  readonly version: string
  readonly label: string
  readonly base: string
  readonly user: string
  readonly command: string
  readonly proxy: string
  readonly source: string
  readonly unread: string
}

const dockerfile = (world: World): string =>
  [
    "FROM debian:12",
    `LABEL l=${world.label}`,
    "ARG VERSION=0",
    `USER ${world.user}`,
    `RUN make ${world.command}`,
    "COPY src /app/",
    `CMD ["${world.label}"]`
  ].join("\n")

const steps = (world: World): ReadonlyArray<Step> =>
  planned(dockerfile(world), {
    buildArgs: { VERSION: world.version, HTTP_PROXY: world.proxy }
  }).stages.flatMap((stage) => stage.steps)

const stepOf = (world: World, keyword: string): Step => {
  const step = steps(world).find((one) => one.keyword === keyword)
  if (step === undefined) throw new Error(`no ${keyword}`)
  return step
}

const files = (world: World) =>
  InputFiles.make([
    { path: "src", type: "directory", mode: 0o755, content: "", owner: "" },
    { path: "src/a.ts", type: "file", mode: 0o644, content: digest(world.source), owner: "" }
  ])

const keyed = (world: World, keyword: string): Explanation.Earlier => {
  const input = files(world)
  const reads = keyword === "COPY" ? [{ origin: Origin.Context(), label: "COPY src", input }] : []
  const key = CacheKey.ofStep(stepOf(world, keyword), {
    parent: digest(`base ${world.base}`) as ChainId,
    parentNote: "base debian:12",
    platform: linux,
    files: reads,
    remote: []
  })
  if (key === undefined) throw new Error(`${keyword} has no key`)
  return { key, files: reads.length === 0 ? {} : { "context 0": input.entries } }
}

const world: World = {
  version: "1.2",
  label: "",
  base: "1",
  user: "1",
  command: "1",
  proxy: "1",
  source: "1",
  unread: "1"
}
const texts = (change: Partial<World>, keyword: string) =>
  Explanation.causes(keyed(world, keyword), keyed({ ...world, ...change }, keyword)).map(
    (cause) => cause.text
  )

describe("a cause in words", () => {
  it("names argument, old and new value", () => {
    expect(texts({ version: "1.3" }, "RUN")).toEqual(["ARG VERSION 1.2 -> 1.3"])
  })
  it("names the file and how it changed", () => {
    expect(texts({ source: "2" }, "COPY")).toEqual(["COPY src: src/a.ts content changed"])
  })
  it("names the base", () => {
    expect(texts({ base: "2" }, "RUN")).toEqual([
      `base debian:12 moved ${digest("base 1").slice(7, 19)} -> ${digest("base 2").slice(7, 19)}`
    ])
  })
  it("is looked for in the earlier key that differs least", () => {
    const far = keyed({ ...world, version: "1.1", command: "9" }, "RUN")
    const near = keyed({ ...world, version: "1.1" }, "RUN")
    expect(Explanation.nearest(keyed(world, "RUN").key, [far, near])).toBe(near)
  })
})

describe("what is read", () => {
  const entry = FastCheck.record({
    path: FastCheck.stringMatching(/^[a-z.\n ]{1,6}(\/[a-z]{1,3})?$/),
    type: FastCheck.constantFrom<InputFiles.InputEntry["type"]>("file", "directory", "symlink", "other"),
    mode: FastCheck.integer({ min: 0, max: 0o7777 }),
    content: FastCheck.stringMatching(/^[a-f0-9\n]{0,8}$/),
    owner: FastCheck.constantFrom("", "0:0")
  })

  it.prop("print and parse are inverse", [FastCheck.array(entry)], ([entries]) => {
    const made = InputFiles.make(entries)
    expect(InputFiles.parse(InputFiles.print(made.entries))).toEqual(made.entries)
  })

  it.prop(
    "does not depend on the order of reading",
    [FastCheck.uniqueArray(entry, { selector: (one) => one.path })],
    ([entries]) => {
      expect(InputFiles.make([...entries].reverse())).toEqual(InputFiles.make(entries))
    }
  )
})
