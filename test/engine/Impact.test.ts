import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { makeTestBuilder } from "../../src/exports/testing/TestBuilder.js"

const files = {
  a: "1",
  "src/b": "2",
  "src/deep/c": "3",
  "docs/d": "4",
  "docs/hidden": "5",
  ".dockerignore": "docs/hid*\n"
}
const editable = ["a", "src/b", "src/deep/c", "docs/d", "docs/hidden", "new", "src/new"] as const

/**
 * One instruction; `N` stands for the number of an earlier stage, and instructions with it are left out of the first. `@` is another
 * number in each line: of two linked copies that are the same, the second finds what the first has just made.
 */
const instructions = [
  "COPY a /x/",
  "COPY src /x/",
  "COPY --link src/deep /y@/",
  "COPY --link a /y@/",
  "COPY --exclude=deep src /z/",
  "COPY --parents src/*/c /p/",
  "COPY [ab] /w/",
  "COPY . /all/",
  "COPY docs /docs/",
  "ADD a /added/",
  "RUN --mount=target=/m,source=src cat /m/b",
  "RUN make",
  "ENV A=b",
  "WORKDIR /here",
  "COPY --from=sN /x /from/",
  "RUN --mount=from=sN,target=/m cat /m/x"
]

const stages = FastCheck.array(
  FastCheck.record({
    isBasedOnLast: FastCheck.boolean(),
    lines: FastCheck.array(FastCheck.constantFrom(...instructions), { minLength: 1, maxLength: 5 })
  }),
  { minLength: 1, maxLength: 3 }
)

const print = (
  all: ReadonlyArray<{ readonly isBasedOnLast: boolean; readonly lines: ReadonlyArray<string> }>
): string =>
  all
    .map(({ isBasedOnLast, lines }, index) =>
      [
        `FROM ${isBasedOnLast && index > 0 ? `s${index - 1}` : "base"} AS s${index}`,
        // So that what is copied from a stage is there.
        "RUN mkdir",
        ...lines
          .filter((line) => index > 0 || !line.includes("sN"))
          .map((line, at) => line.replace("sN", `s${index - 1}`).replace("@", `${index}-${at}`))
      ].join("\n")
    )
    .join("\n")

const builder = makeTestBuilder({
  images: { base: { files: { "bin/sh": "sh", "x/base": "" } } },
  // Commands write what they read, so that what they make changes when it does.
  run: (command) => ({ files: { "made/by": `${command.text} ${command.read("/m/b") ?? ""}` } })
})

describe("the impact of a change", () => {
  it.effect.prop(
    "names exactly the steps that are not in the cache afterwards, but for those that it leaves open",
    [stages, FastCheck.uniqueArray(FastCheck.constantFrom(...editable), { minLength: 1, maxLength: 2 })],
    ([sketch, edited]) =>
      Effect.gen(function* () {
        const { build, impact } = yield* builder
        const given = { dockerfile: print(sketch), context: files }
        const first = yield* build(given)
        expect(first.failure?.message).toBeUndefined()
        const told = yield* impact(given, edited)
        const changed = { ...files, ...Object.fromEntries(edited.map((name) => [name, `edited ${name}`])) }
        const { steps } = yield* build({ ...given, context: changed })
        const missed = steps.flatMap(({ cached, number }) => (cached ? [] : [number]))
        const named = (isOpen: boolean) =>
          told.impact.steps.flatMap(({ outcome, step }) =>
            (outcome === "perhaps") === isOpen ? [step.number] : []
          )
        const open = named(true)
        expect(missed.filter((number) => !open.includes(number))).toEqual(named(false))
        if (told.impact.image === "same") expect(missed).toEqual([])
      }),
    { fastCheck: { numRuns: 30 } }
  )

  it.effect("tells which step reads a file, what is made again, and which line hides one", () =>
    Effect.gen(function* () {
      const { impact } = yield* builder
      const dockerfile = [
        "FROM base AS build",
        "WORKDIR /src",
        "COPY src .",
        "RUN make",
        "FROM base AS tools",
        "COPY a /",
        "FROM base",
        "COPY --from=tools /a /",
        "COPY --from=build /out /",
        "CMD x"
      ].join("\n")
      const told = yield* impact({ dockerfile, context: { ...files, "/out/": "" } }, [
        "src/b",
        "docs/hidden",
        "docs",
        "nowhere"
      ])
      expect(
        told.paths.map(({ path, hidden, readBy }) => [path, hidden, readBy.map((step) => step.number)])
      ).toEqual([
        ["src/b", undefined, [3]],
        ["docs/hidden", { file: ".dockerignore", line: 1, pattern: "docs/hid*" }, []],
        ["docs", undefined, []],
        ["nowhere", undefined, []]
      ])
      expect(told.impact.steps.map(({ outcome, step }) => [step.number, outcome])).toEqual([
        [3, "reads"],
        [4, "again"],
        [9, "perhaps"],
        [10, "perhaps"]
      ])
      expect(told.impact.stages.map(({ outcome, stage }) => [stage.name, outcome])).toEqual([
        ["build", "again"],
        [undefined, "perhaps"]
      ])
      expect(told.impact.image).toBe("perhaps")
    })
  )

  it.effect("leaves open what an edit of the Dockerfile, or of the ignore file, comes to", () =>
    Effect.gen(function* () {
      const { impact } = yield* builder
      const build = { dockerfile: "FROM base\nCOPY src /src\n", context: files }
      for (const [path, role, image] of [
        ["Dockerfile", "dockerfile", "perhaps"],
        [".dockerignore", "ignore file", "perhaps"],
        ["a", "file", "same"]
      ] as const) {
        const told = yield* impact(build, [path])
        expect([told.paths.map((one) => one.role), told.impact.image]).toEqual([[role], image])
      }
    })
  )
})
