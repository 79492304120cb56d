import { describe, expect, it } from "@effect/vitest"
import type { ChainId } from "../../../src/core/layer/ChainId.js"
import type { Step } from "../../../src/core/plan/BuildPlan.js"
import * as CacheKey from "../../../src/core/plan/CacheKey.js"
import { digest, linux, planned } from "./planning.js"

const stepOf = (line: string): Step => {
  const step = planned(`FROM debian:12 AS one\nFROM debian:12\n${line}`).stages.at(-1)?.steps.at(-1)
  if (step === undefined) throw new Error(`${line} is no step`)
  return step
}

const keyOf = (line: string, parent = "base"): string | undefined => {
  const key = CacheKey.ofStep(stepOf(line), {
    parent: digest(parent) as ChainId,
    parentNote: "base",
    platform: linux,
    files: [],
    remote: []
  })
  return key && CacheKey.digest(key)
}

const cache = "RUN --mount=type=cache,target=/c"

describe("the key of a step", () => {
  it.each([
    ["RUN a", "RUN b"],
    ["RUN a", 'RUN ["a"]'],
    ["RUN a", "RUN --network=none a"],
    ["RUN a", "WORKDIR /a"],
    ["COPY a /b", "COPY a /b/"],
    ["COPY a /b", "ADD a /b"],
    ["COPY a /b", "COPY --chown=1 a /b"],
    ["COPY a /b", "COPY --chmod=600 a /b"],
    ["COPY a /b", "COPY --exclude=x a /b"],
    ["COPY a /b", "COPY --parents a /b"],
    ["COPY a /b", "COPY --link a /b"],
    ["COPY <<x /b\n1\nx", "COPY <<x /b\n2\nx"],
    [`${cache} a`, `${cache},id=other a`],
    [`${cache} a`, `${cache},ro a`],
    [`${cache} a`, `${cache},uid=1 a`],
    ["RUN --mount=target=/c a", "RUN --mount=target=/c,rw a"],
    ["RUN --mount=target=/c a", "RUN --mount=target=/c,source=s a"],
    ["RUN --mount=type=tmpfs,target=/c a", "RUN --mount=type=tmpfs,target=/c,size=1m a"],
    ["RUN --mount=type=secret,id=s a", "RUN --mount=type=secret,id=t a"]
  ])("tells %s from %s", (one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other))
    expect(keyOf(one)).toBe(keyOf(one))
    if (!one.includes("--link")) expect(keyOf(one, "another base")).not.toBe(keyOf(one))
  })

  it("does not depend on how steps wait for each other, on layers below a linked copy, or on labels", () => {
    expect(keyOf(`${cache},sharing=locked a`)).toBe(keyOf(`${cache},sharing=private a`))
    expect(keyOf("COPY --link a /b", "another base")).toBe(keyOf("COPY --link a /b"))
    expect(keyOf("LABEL a=b\nRUN a")).toBe(keyOf("RUN a"))
    expect(keyOf("LABEL a=b")).toBeUndefined()
  })
})
