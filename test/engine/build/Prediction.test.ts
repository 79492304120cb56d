import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { makeTestBuilder, type TestBuild } from "../../../src/exports/testing.js"

/** What a generated Dockerfile is made of; the numbers are what edits change. */
interface World {
  readonly stages: ReadonlyArray<{ readonly base: number; readonly steps: ReadonlyArray<Step> }>
  readonly files: readonly [a: number, b: number, c: number]
  readonly version: number
}

type Step =
  | { readonly kind: "copy"; readonly file: 0 | 1 | 2 }
  | { readonly kind: "copy-all" | "arg" }
  | { readonly kind: "run" | "env" | "workdir" | "mount"; readonly value: number }
  | { readonly kind: "from"; readonly stage: number }

const value = FastCheck.integer({ min: 0, max: 1 })
const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  FastCheck.record({
    kind: FastCheck.constant("copy" as const),
    file: FastCheck.constantFrom<0 | 1 | 2>(0, 1, 2)
  }),
  FastCheck.record({ kind: FastCheck.constantFrom<"copy-all" | "arg">("copy-all", "arg") }),
  FastCheck.record({
    kind: FastCheck.constantFrom<"run" | "env" | "workdir" | "mount">("run", "env", "workdir", "mount"),
    value
  }),
  FastCheck.record({ kind: FastCheck.constant("from" as const), stage: FastCheck.nat(2) })
)
const world: FastCheck.Arbitrary<World> = FastCheck.record({
  stages: FastCheck.array(
    FastCheck.record({ base: FastCheck.nat(2), steps: FastCheck.array(step, { maxLength: 4 }) }),
    { minLength: 1, maxLength: 3 }
  ),
  files: FastCheck.tuple(value, value, value),
  version: value
})

const line = (one: Step, stage: number): ReadonlyArray<string> => {
  switch (one.kind) {
    case "copy":
      return [`COPY ${"abc"[one.file]} /copied/`]
    case "copy-all":
      return ["COPY . /all/"]
    case "arg":
      return ["ARG VERSION", "RUN version"]
    case "run":
      return [`RUN make ${one.value}`]
    case "env":
      return [`ENV VALUE=${one.value}`]
    case "workdir":
      return [`WORKDIR /w${one.value}`]
    case "mount":
      return [`RUN --mount=target=/context,source=a make ${one.value}`]
    case "from":
      return one.stage < stage ? [`COPY --from=s${one.stage} /x /from-${one.stage}`] : []
  }
}

/** The build of a world. Of a stage only earlier ones are read. */
const buildOf = ({ stages, files, version }: World): TestBuild => ({
  dockerfile: stages
    .flatMap(({ base, steps }, stage) => [
      `FROM ${base < stage ? `s${base}` : "base"} AS s${stage}`,
      ...steps.flatMap((one) => line(one, stage))
    ])
    .join("\n"),
  context: { a: `a${files[0]}`, b: `b${files[1]}`, c: `c${files[2]}` },
  buildArgs: { VERSION: String(version) }
})

const builder = makeTestBuilder({
  images: { base: { files: { "/x": "x", "/bin/sh": "" } } },
  run: ({ text, env }) => ({ files: { [`/made/${text.replaceAll(" ", "-")}`]: JSON.stringify(env) } })
})

/** Two worlds: the second is the first with one stage, the files or the version from another. */
const edits = FastCheck.tuple(world, world, FastCheck.nat(4)).map(([before, other, what]) => {
  const after: World =
    what === 0
      ? { ...before, files: other.files }
      : what === 1
        ? { ...before, version: other.version }
        : {
            ...before,
            stages: before.stages.map((stage, index) =>
              index === what - 2 ? (other.stages[0] ?? stage) : stage
            )
          }
  return [before, after] as const
})

describe("what build --plan says", () => {
  it.effect.prop(
    "is what the build then does, of any Dockerfile after any edit",
    [edits],
    ([[before, after]]) =>
      Effect.gen(function* () {
        const { build, plan } = yield* builder
        const first = yield* build(buildOf(before))
        expect(first.failure?.message).toBeUndefined()
        const { steps } = yield* plan(buildOf(after))
        const outcome = yield* build(buildOf(after))
        const predicted = steps.filter(({ text }) => !text.startsWith("FROM "))
        expect(predicted.map(({ text }) => text)).toEqual(outcome.steps.map(({ text }) => text))
        for (const [index, { text, verdict }] of predicted.entries()) {
          const { cached, causes } = outcome.steps[index] ?? { cached: undefined, causes: [] }
          if (verdict._tag !== "Unknown") expect([text, cached]).toEqual([text, verdict._tag === "Hit"])
          if (verdict._tag === "Miss" && verdict.causes.length > 0) expect(causes).toEqual(verdict.causes)
        }
      }),
    { fastCheck: { numRuns: 60 } }
  )

  it.effect.prop(
    "is a hit for every step of what was built before, also after other builds in between",
    [edits],
    ([[before, after]]) =>
      Effect.gen(function* () {
        const { build, plan } = yield* builder
        const first = yield* build(buildOf(before))
        yield* build(buildOf(after))
        const { steps } = yield* plan(buildOf(before))
        expect(steps.map(({ verdict }) => verdict._tag)).toEqual(steps.map(() => "Hit"))
        const again = yield* build(buildOf(before))
        expect(again.image?.id).toBe(first.image?.id)
        expect(again.steps.every(({ cached }) => cached)).toBe(true)
      }),
    { fastCheck: { numRuns: 30 } }
  )
})
