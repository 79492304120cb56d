import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { type BuildOutcome, makeTestBuilder, type TestBuild } from "../../../src/exports/testing.js"

/** What an edit may change beside the Dockerfile, each with two values, and what a cause of a miss says of it. */
const parts = {
  a: /(^| )a content changed$/,
  b: /(^| )b content changed$/,
  c: /(^| )(d\/)?c content changed$/,
  vendored: /(^| )v content changed$/,
  version: /^ARG VERSION /
} as const
type Part = keyof typeof parts
const names = ["a", "b", "c", "vendored", "version"] as const satisfies ReadonlyArray<Part>

/** What a generated Dockerfile is made of. */
interface World extends Readonly<Record<Part, 0 | 1>> {
  readonly stages: ReadonlyArray<{ readonly base: number; readonly lines: ReadonlyArray<Line> }>
}

/** One instruction; `N` is one of two values, `S` an earlier stage: without one the line is left out. */
interface Line {
  readonly text: string
  readonly value: 0 | 1
  readonly stage: number
}

const instructions = [
  "COPY a /copied/",
  "COPY b d /copied/",
  "COPY . /all/",
  "COPY --link a /linked/N/",
  "COPY --parents --exclude=*.N d/* ./b /parents/",
  "COPY --chown=N --chmod=64N [ab] /matched/",
  "COPY <<E /heredoc/\ntext N\nE",
  "COPY --from=vendor . /vendored/",
  "COPY --from=vendor v /vN/",
  "COPY --from=tool /t /tools/",
  "COPY --from=sS /x /made /from-S/",
  "ADD a https://example.com/file /added/",
  "ADD --link https://example.com/file /added/N",
  "ARG VERSION\nRUN version",
  "RUN make N",
  "RUN --network=none make N",
  "RUN <<E\nmake N\nE",
  "RUN <<E\n#!/bin/sh\nmake N\nE",
  "RUN --mount=target=/m,source=a make",
  "RUN --mount=from=vendor,target=/m make N",
  "RUN --mount=from=sS,target=/m,source=/made make",
  "RUN --mount=type=cache,target=/c,id=N make",
  "RUN --mount=type=tmpfs,target=/t --mount=type=secret,id=N make",
  "ENV VALUE=N",
  "WORKDIR /wN",
  "USER N",
  "LABEL l=N"
]

const bit = FastCheck.constantFrom<0 | 1>(0, 1)
const line = FastCheck.record({
  text: FastCheck.constantFrom(...instructions),
  value: bit,
  stage: FastCheck.nat(2)
})
const world: FastCheck.Arbitrary<World> = FastCheck.record({
  a: bit,
  b: bit,
  c: bit,
  vendored: bit,
  version: bit,
  stages: FastCheck.array(
    FastCheck.record({ base: FastCheck.nat(3), lines: FastCheck.array(line, { maxLength: 4 }) }),
    { minLength: 1, maxLength: 3 }
  )
})

const print = ({ text, value, stage }: Line, at: number): ReadonlyArray<string> =>
  /sS/.test(text) && stage >= at
    ? []
    : [text.replaceAll(/\bN\b|(?<=[w/v4])N/g, String(value)).replaceAll(/(?<=s|-)S/g, String(stage))]

/** The build of a world. Of a stage only earlier ones are read. */
const buildOf = ({ stages, a, b, c, vendored, version }: World): TestBuild => ({
  dockerfile: stages
    .flatMap(({ base, lines }, at) => [
      `FROM ${base < at ? `s${base}` : base === 3 ? "vendor" : "base"} AS s${at}`,
      // So that what is copied from a stage is there, and commands have a shell.
      "COPY --from=base /x /bin/sh /",
      "COPY --from=base /bin/sh /bin/sh",
      "WORKDIR /made",
      ...lines.flatMap((one) => print(one, at))
    ])
    .join("\n"),
  context: { a: `a${a}`, b: `b${b}`, "d/c": `c${c}` },
  contexts: { vendor: { v: `v${vendored}`, ".dockerignore": "ignored\n", ignored: String(a) } },
  buildArgs: { VERSION: String(version) }
})

const builder = makeTestBuilder({
  images: { base: { files: { "/x": "x", "/bin/sh": "" } }, tool: { files: { "/t": "t" } } },
  remote: { "https://example.com/file": "remote" },
  run: ({ text, env, read }) => ({
    files: { [`/made/${text.replaceAll(/\W/g, "-")}`]: JSON.stringify([env, read("/m"), read("/m/v")]) }
  })
})

/** Two worlds: the second is the first with one stage, or some of the other parts, from another. */
const edits = FastCheck.tuple(world, world, FastCheck.nat(4)).map(([before, other, what]) => {
  const after: World =
    what < 2
      ? { ...other, stages: before.stages }
      : {
          ...before,
          stages: before.stages.map((stage, index) =>
            index === what - 2 ? (other.stages[0] ?? stage) : stage
          )
        }
  return [before, after] as const
})

const succeeded = ({ failure }: BuildOutcome, build: TestBuild): void =>
  expect([failure?.message, build.dockerfile]).toEqual([undefined, build.dockerfile])

describe("what build --plan says", () => {
  it.effect.prop(
    "is what the build then does, of any Dockerfile after any edit",
    [edits],
    ([[before, after]]) =>
      Effect.gen(function* () {
        const { build, plan } = yield* builder
        succeeded(yield* build(buildOf(before)), buildOf(before))
        const { steps } = yield* plan(buildOf(after))
        const outcome = yield* build(buildOf(after))
        succeeded(outcome, buildOf(after))
        // What the cache gave is what a builder without one makes.
        const fresh = yield* (yield* builder).build(buildOf(after))
        expect(outcome.image?.files).toEqual(fresh.image?.files)
        const predicted = steps.filter(({ text }) => !text.startsWith("FROM "))
        expect(predicted.map(({ text }) => text)).toEqual(outcome.steps.map(({ text }) => text))
        for (const [index, { text, verdict }] of predicted.entries()) {
          const { cached, causes } = outcome.steps[index] ?? { cached: undefined, causes: [] }
          if (verdict._tag !== "Unknown") expect([text, cached]).toEqual([text, verdict._tag === "Hit"])
          if (verdict._tag === "Miss" && verdict.causes.length > 0) expect(causes).toEqual(verdict.causes)
        }
      }),
    { fastCheck: { numRuns: 12 }, timeout: 90_000 }
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
    { fastCheck: { numRuns: 6 }, timeout: 90_000 }
  )
})

describe("the causes of the first step that is not in the cache", () => {
  it.effect.prop(
    "are what was changed: reverting them restores the hit; reverting everything else, or all but one, does not",
    [world, FastCheck.tuple(bit, bit, bit, bit, bit)],
    ([before, [a, b, c, vendored, version]]) =>
      Effect.gen(function* () {
        const after: World = { ...before, a, b, c, vendored, version }
        const { build, plan } = yield* builder
        yield* build(buildOf(before))
        const { steps } = yield* plan(buildOf(after))
        const at = steps.findIndex(({ verdict }) => verdict._tag !== "Hit")
        const missed = steps[at]?.verdict
        if (missed === undefined) return
        if (missed._tag !== "Miss") throw new Error(`the first of them is ${missed._tag}`)
        const named = names.filter((part) => missed.causes.some((cause) => parts[part].test(cause)))
        // Each cause is one of the parts that were changed.
        expect(missed.causes.filter((cause) => !names.some((part) => parts[part].test(cause)))).toEqual([])
        expect(named.filter((part) => before[part] === after[part])).toEqual([])
        const isHit = (reverted: ReadonlyArray<Part>) =>
          Effect.map(
            plan(buildOf({ ...after, ...Object.fromEntries(reverted.map((part) => [part, before[part]])) })),
            (prediction) => prediction.steps[at]?.verdict._tag === "Hit"
          )
        expect(yield* isHit(named)).toBe(true)
        expect(yield* isHit(names.filter((part) => !named.includes(part)))).toBe(false)
        for (const left of named) expect(yield* isHit(named.filter((part) => part !== left))).toBe(false)
      }),
    { fastCheck: { numRuns: 12 }, timeout: 90_000 }
  )
})
