import { describe, expect, it } from "@effect/vitest"
import * as NamedContexts from "../../../src/core/plan/NamedContext.js"
import { NamedContext } from "../../../src/core/plan/NamedContext.js"
import { planned } from "./planning.js"

const contexts = (given: Readonly<Record<string, NamedContext>>) => ({
  contexts: new Map(Object.entries(given).map(([name, one]) => [NamedContexts.canonical(name), one]))
})
const elsewhere = "docker.io/library/other:1"

describe("a named context", () => {
  it("stands for an image, however either is spelled", () => {
    for (const [name, from] of [
      ["debian", "docker.io/library/debian:latest"],
      ["docker.io/library/debian:latest", "debian"],
      ["debian:12", "debian:12"]
    ] as const) {
      const plan = planned(`FROM ${from}\nCOPY --from=${from} /a /b`, {
        ...contexts({ [name]: NamedContext.Image({ reference: elsewhere }) })
      })
      expect(plan.images.map((need) => need.reference)).toEqual([elsewhere])
    }
  })

  it("does not stand for another tag", () => {
    const plan = planned(
      "FROM debian:13",
      contexts({ "debian:12": NamedContext.Image({ reference: elsewhere }) })
    )
    expect(plan.images.map((need) => need.reference)).toEqual(["docker.io/library/debian:13"])
  })

  it("of a stage's name stands for the whole stage", () => {
    const text = "FROM debian AS build\nRUN make\nFROM scratch\nCOPY --from=build /out /"
    const plan = planned(text, contexts({ build: NamedContext.Image({ reference: elsewhere }) }))
    expect(plan.images.map((need) => need.reference)).toEqual([elsewhere])
    expect(plan.stages.map(({ steps }) => steps.map((step) => step.keyword))).toEqual([[], ["COPY"]])
    expect(plan.stepCount).toBe(3)
  })

  it("of files is copied from, mounted, and copied to the root of a stage that starts from it", () => {
    const text = [
      "FROM files AS base",
      "ARG X=1",
      "FROM debian",
      "COPY --from=files /a /",
      "RUN --mount=from=files,target=/m true"
    ].join("\n")
    const plan = planned(`${text}\nCOPY --from=base / /all`, contexts({ files: NamedContext.Files() }))
    const [base, last] = plan.stages
    expect(base?.base._tag).toBe("Scratch")
    expect(base?.steps.map(({ number, text }) => [number, text])).toEqual([
      [undefined, "COPY --from=files / /"],
      [2, "ARG X=1"]
    ])
    expect(last?.steps.map(({ operation }) => operation)).toMatchObject([
      { origin: { _tag: "Named", name: "files" } },
      { mounts: [{ origin: { _tag: "Named", name: "files" } }] },
      { origin: { _tag: "Stage", stage: 0 } }
    ])
    expect(plan.stepCount).toBe(6)
  })

  it("can be nothing", () => {
    const plan = planned(
      "FROM a AS b\nFROM b\nCOPY --from=c / /",
      contexts({
        a: NamedContext.Scratch(),
        c: NamedContext.Scratch()
      })
    )
    expect(plan.images).toEqual([])
  })
})
